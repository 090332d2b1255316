/** Planes of numbers as grey pictures side by side: middle grey is 0, light adds, dark takes away. */

/** Planes (count, height, width), one after the other. */
export interface Tiles {
  readonly values: Float32Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/** A place in them. */
export interface Place {
  readonly tile: number;
  readonly row: number;
  readonly column: number;
}

/** A vector of n numbers (1, 1, n) is shown in rows. */
export function shownAs(tiles: Tiles): Tiles {
  const { height, width, count } = tiles;
  if (height > 1 || width <= ROW || count > 1) return tiles;
  const row = Array.from({ length: ROW }, (_, i) => ROW - i).find((w) => width % w === 0) ?? 1;
  return { ...tiles, height: width / row, width: row };
}
const ROW = 16;

const ACCENT = '#ff7a00';

/** The largest magnitude, by which all are stretched. */
export function largestOf(values: ArrayLike<number>): number {
  let largest = 1e-12;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]));
  return largest;
}

/** 0 to 255 of a number between -largest and largest. */
export function greyOf(value: number, largest: number): number {
  return Math.round(127.5 + 127.5 * Math.max(-1, Math.min(1, value / largest)));
}

/** A canvas with tiles; what was drawn last tells which place a pointer is at. */
export class TileCanvas {
  readonly #canvas: HTMLCanvasElement;
  #tiles: Tiles | null = null;
  #columns = 1;
  #zoom = 1;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  /**
   * Draws them in as many columns as there is room for.
   * @param side the wanted size of a tile in CSS pixels. @param cursor a place to be framed, or a whole tile.
   * @param space CSS pixels that there are; by default as many as around the canvas.
   */
  draw(
    tiles: Tiles,
    side: number,
    cursor: Place | { readonly tile: number } | null = null,
    space = this.#canvas.parentElement?.clientWidth ?? 0,
  ): void {
    const { count, height, width, values } = tiles;
    const room = Math.max(space, width + 1);
    const zoom = Math.max(1, Math.min(Math.floor(side / width), Math.floor(room / (width + 1)), 24));
    const columns = Math.max(1, Math.min(count, Math.floor((room + zoom) / ((width + 1) * zoom))));
    [this.#tiles, this.#columns, this.#zoom] = [tiles, columns, zoom];
    const plain = document.createElement('canvas');
    plain.width = columns * (width + 1) - 1;
    plain.height = Math.ceil(count / columns) * (height + 1) - 1;
    const pixels = new ImageData(plain.width, plain.height);
    const largest = largestOf(values);
    for (let i = 0; i < values.length; i++) {
      const [tile, at] = [Math.floor(i / (height * width)), i % (height * width)];
      const y = Math.floor(tile / columns) * (height + 1) + Math.floor(at / width);
      const x = (tile % columns) * (width + 1) + (at % width);
      const to = 4 * (y * plain.width + x);
      pixels.data.fill(greyOf(values[i], largest), to, to + 3);
      pixels.data[to + 3] = 255;
    }
    plain.getContext('2d')?.putImageData(pixels, 0, 0);
    const canvas = this.#canvas;
    [canvas.width, canvas.height] = [plain.width * zoom, plain.height * zoom];
    canvas.style.width = `${canvas.width}px`;
    const context = canvas.getContext('2d');
    if (context === null) return;
    context.imageSmoothingEnabled = false;
    context.drawImage(plain, 0, 0, canvas.width, canvas.height);
    if (cursor !== null) this.#frame(context, cursor);
  }

  #frame(context: CanvasRenderingContext2D, cursor: Place | { readonly tile: number }): void {
    if (this.#tiles === null) return;
    const { height, width } = this.#tiles;
    const zoom = this.#zoom;
    const left = (cursor.tile % this.#columns) * (width + 1) * zoom;
    const top = Math.floor(cursor.tile / this.#columns) * (height + 1) * zoom;
    context.strokeStyle = ACCENT;
    context.lineWidth = 2;
    context.strokeRect(left + 1, top + 1, width * zoom - 2, height * zoom - 2);
    if (!('row' in cursor)) return;
    const size = Math.max(zoom, 5);
    const [x, y] = [left + (cursor.column + 0.5) * zoom, top + (cursor.row + 0.5) * zoom];
    context.strokeRect(x - size / 2 - 1, y - size / 2 - 1, size + 2, size + 2);
  }

  /** Where a pointer is; null between tiles. */
  placeAt({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }): Place | null {
    if (this.#tiles === null) return null;
    const { count, height, width } = this.#tiles;
    const box = this.#canvas.getBoundingClientRect();
    const x = Math.floor((((clientX - box.left) / box.width) * this.#canvas.width) / this.#zoom);
    const y = Math.floor((((clientY - box.top) / box.height) * this.#canvas.height) / this.#zoom);
    const tile = Math.floor(y / (height + 1)) * this.#columns + Math.floor(x / (width + 1));
    const [row, column] = [y % (height + 1), x % (width + 1)];
    return x < 0 || y < 0 || tile >= count || row >= height || column >= width ? null : { tile, row, column };
  }
}
