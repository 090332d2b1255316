/** A drawing of 28 x 28 grey pixels, made with finger, mouse or keys. */

const SIDE = 28;
/** The brush is a soft disc; radius in pixels. */
const RADIUS = 1.6;

export class Sketch {
  /** (28, 28) bytes; 0 is the black ground. */
  readonly pixels = new Uint8Array(SIDE * SIDE);
  readonly #canvas: HTMLCanvasElement;
  readonly #onChange: () => void;
  #cursor: readonly [x: number, y: number] = [SIDE / 2, SIDE / 2];
  #isCursorShown = false;
  #from: readonly [x: number, y: number] | null = null;

  constructor(canvas: HTMLCanvasElement, onChange: () => void) {
    this.#canvas = canvas;
    this.#onChange = onChange;
    canvas.addEventListener('pointerdown', (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.#isCursorShown = false;
      this.#from = this.#place(event);
      this.#stroke(this.#from);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (this.#from !== null) this.#stroke(this.#place(event));
    });
    for (const end of ['pointerup', 'pointercancel'] as const) canvas.addEventListener(end, () => (this.#from = null));
    canvas.addEventListener('keydown', (event) => this.#key(event));
    canvas.addEventListener('blur', () => {
      this.#isCursorShown = false;
      this.#draw();
    });
    this.#draw();
  }

  /** Replaces the drawing. */
  set(pixels: Uint8Array): void {
    this.pixels.set(pixels);
    this.#changed();
  }

  clear(): void {
    this.set(new Uint8Array(SIDE * SIDE));
  }

  get isEmpty(): boolean {
    return this.pixels.every((v) => v === 0);
  }

  #place({ clientX, clientY }: PointerEvent): readonly [number, number] {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    return [((clientX - left) / width) * SIDE, ((clientY - top) / height) * SIDE];
  }

  #key(event: KeyboardEvent): void {
    const [x, y] = this.#cursor;
    const moved: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [x - 1, y],
      ArrowRight: [x + 1, y],
      ArrowUp: [x, y - 1],
      ArrowDown: [x, y + 1],
    };
    const to = moved[event.key];
    if (to === undefined && ![' ', 'Backspace'].includes(event.key)) return;
    event.preventDefault(); // else the page scrolls
    this.#isCursorShown = true;
    if (to !== undefined) {
      this.#cursor = [Math.min(SIDE - 1, Math.max(0, to[0])), Math.min(SIDE - 1, Math.max(0, to[1]))];
      this.#draw();
    } else if (event.key === ' ') this.#stroke([x + 0.5, y + 0.5]);
    else this.clear();
  }

  /** Paints from the last place to this one. */
  #stroke(to: readonly [number, number]): void {
    const from = this.#from ?? to;
    const steps = Math.max(1, Math.ceil(2 * Math.hypot(to[0] - from[0], to[1] - from[1])));
    for (let i = 1; i <= steps; i++)
      this.#dab(from[0] + ((to[0] - from[0]) * i) / steps, from[1] + ((to[1] - from[1]) * i) / steps);
    if (this.#from !== null) this.#from = to;
    this.#changed();
  }

  #dab(cx: number, cy: number): void {
    for (let i = 0; i < this.pixels.length; i++) {
      const distance = Math.hypot((i % SIDE) + 0.5 - cx, Math.floor(i / SIDE) + 0.5 - cy);
      this.pixels[i] = Math.max(this.pixels[i], 200 * Math.min(1, Math.max(0, RADIUS + 0.5 - distance)));
    }
  }

  #changed(): void {
    this.#draw();
    this.#onChange();
  }

  #draw(): void {
    const image = new ImageData(SIDE, SIDE);
    for (let i = 0; i < this.pixels.length; i++)
      image.data.set([this.pixels[i], this.pixels[i], this.pixels[i], 255], 4 * i);
    if (this.#isCursorShown) image.data.set([255, 140, 0], 4 * (this.#cursor[1] * SIDE + this.#cursor[0]));
    this.#canvas.getContext('2d')?.putImageData(image, 0, 0);
  }
}
