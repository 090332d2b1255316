/** The machine's camera: a live view, and frames of it. */
import type { Saying } from '../words/words.js';

/** Pixels of the shorter side that are asked for: networks see less. */
const WANTED = 480;

/** Why there is no camera, in the visitor's words. */
export function whyNoCamera(error: unknown): Saying {
  const name = error instanceof DOMException ? error.name : '';
  if (!isSecureContext || !('mediaDevices' in navigator)) return (words) => words.teach.cameraInsecure;
  if (name === 'NotAllowedError' || name === 'SecurityError') return (words) => words.teach.cameraRefused;
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return (words) => words.teach.cameraNone;
  if (name === 'NotReadableError') return (words) => words.teach.cameraBusy;
  return (words) => words.teach.cameraFailed(error instanceof Error ? error.message : String(error));
}

export class Camera {
  readonly #video: HTMLVideoElement;
  readonly #onEnd: () => void;
  #stream: MediaStream | null = null;
  /** Counts starts and stops: a camera that is given later than it is wanted is turned off. */
  #number = 0;

  /** @param video shows what it sees. @param onEnd is told when the system takes it away. */
  constructor(video: HTMLVideoElement, onEnd: () => void) {
    this.#video = video;
    this.#onEnd = onEnd;
  }

  get isOn(): boolean {
    return this.#stream !== null;
  }

  /**
   * Asks the visitor. Returns whether it is on: it may have been stopped, or asked for again, meanwhile.
   * @throws DOMException when it is refused, or there is none: see `whyNoCamera`.
   */
  async start(): Promise<boolean> {
    this.stop();
    const number = this.#number;
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: 'environment', width: { ideal: (WANTED * 4) / 3 }, height: { ideal: WANTED } },
    });
    if (number !== this.#number) {
      for (const track of stream.getTracks()) track.stop();
      return false;
    }
    this.#stream = stream;
    for (const track of stream.getVideoTracks())
      track.addEventListener('ended', () => {
        if (this.#stream === stream) this.#onEnd();
      });
    this.#video.srcObject = stream;
    try {
      await this.#video.play();
    } catch (error) {
      if (number !== this.#number) return false;
      this.stop();
      throw error;
    }
    return number === this.#number;
  }

  stop(): void {
    this.#number++;
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video.srcObject = null;
  }

  /** What it sees now; null before it sees anything. */
  async frame(): Promise<ImageBitmap | null> {
    if (this.#stream === null || this.#video.videoWidth === 0) return null;
    return createImageBitmap(this.#video);
  }

  /** What it sees now, as a file. */
  async photo(): Promise<Blob | null> {
    const bitmap = await this.frame();
    if (bitmap === null) return null;
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    bitmap.close();
    return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 });
  }
}
