/** A picture on a canvas, and over it on demand where a network finds its class. */
import { drawInput, drawMap } from './charts.js';
import { byId } from './dom.js';
import { say } from './words/words.js';
import type { Look } from './worker/look.js';

/** Pixels of a picture's longer side on the page. */
const PREVIEW = 900;

/** Ids of its elements: what holds the canvases, these, and the button. */
export interface ViewIds {
  readonly stage: string;
  readonly picture: string;
  readonly overlay: string;
  readonly look: string;
}

/** Finds out where the network looks. @param onProgress is told how many places are done, and of how many. */
type Looking = (onProgress: (progress: [done: number, total: number]) => void) => Promise<Look>;

export class PictureView {
  readonly #stage: HTMLElement;
  readonly #picture: HTMLCanvasElement;
  readonly #overlay: HTMLCanvasElement;
  readonly #look: HTMLButtonElement;
  readonly #fail: (error: unknown) => void;
  #shown: { readonly bitmap: ImageBitmap; readonly looking: Looking | null } | null = null;

  /** @param fail tells what went wrong. */
  constructor(ids: ViewIds, fail: (error: unknown) => void) {
    this.#stage = byId(ids.stage, HTMLElement);
    this.#picture = byId(ids.picture, HTMLCanvasElement);
    this.#overlay = byId(ids.overlay, HTMLCanvasElement);
    this.#look = byId(ids.look, HTMLButtonElement);
    this.#fail = fail;
    this.#look.addEventListener('click', () => void this.#toggle());
    this.#look.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape' && !this.#overlay.hidden) this.#draw();
    });
  }

  /** @param looking null: nobody knows yet what it shows. */
  show(bitmap: ImageBitmap, looking: Looking | null): void {
    if (bitmap !== this.#shown?.bitmap) this.#shown?.bitmap.close();
    this.#shown = { bitmap, looking };
    this.#stage.hidden = false;
    this.#draw();
  }

  hide(): void {
    this.#shown?.bitmap.close();
    this.#shown = null;
    this.#stage.hidden = true;
    this.#overlay.hidden = true;
  }

  /** The picture itself. */
  #draw(): void {
    if (this.#shown === null) return;
    const { bitmap } = this.#shown;
    const scale = Math.min(1, PREVIEW / Math.max(bitmap.width, bitmap.height));
    this.#picture.width = Math.max(1, Math.round(bitmap.width * scale));
    this.#picture.height = Math.max(1, Math.round(bitmap.height * scale));
    this.#picture.getContext('2d')?.drawImage(bitmap, 0, 0, this.#picture.width, this.#picture.height);
    this.#picture.classList.remove('input');
    this.#overlay.hidden = true;
    say(this.#look, ({ classify }) => classify.look);
  }

  async #toggle(): Promise<void> {
    const shown = this.#shown;
    if (shown === null || shown.looking === null) return;
    if (!this.#overlay.hidden) return this.#draw();
    const isShown = (): boolean => shown === this.#shown; // else the button is another picture's
    this.#look.disabled = true;
    try {
      const { planes, side, map } = await shown.looking(([done, total]) => {
        if (isShown()) say(this.#look, ({ classify }) => classify.lookAt(done, total));
      });
      if (!isShown()) return;
      drawInput(this.#picture, planes, side);
      drawMap(this.#overlay, map);
      this.#picture.classList.add('input');
      this.#overlay.hidden = false;
      say(this.#look, ({ classify }) => classify.showPicture);
    } catch (error) {
      if (!isShown()) return;
      this.#fail(error);
      say(this.#look, ({ classify }) => classify.look);
    } finally {
      this.#look.disabled = false;
    }
  }
}
