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
  #stream: MediaStream | null = null;

  /** @param video shows what it sees. */
  constructor(video: HTMLVideoElement) {
    this.#video = video;
  }

  get isOn(): boolean {
    return this.#stream !== null;
  }

  /** Asks the visitor. @throws DOMException when it is refused, or there is none: see `whyNoCamera`. */
  async start(): Promise<void> {
    if (this.#stream !== null) return;
    this.#stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: 'environment', width: { ideal: (WANTED * 4) / 3 }, height: { ideal: WANTED } },
    });
    for (const track of this.#stream.getVideoTracks()) track.addEventListener('ended', () => this.stop());
    this.#video.srcObject = this.#stream;
    await this.#video.play();
  }

  stop(): void {
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
