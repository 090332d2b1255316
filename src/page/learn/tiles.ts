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

/** Numbers of a vector in a row, at most. */
const ROW = 16;

/** A vector of n numbers (1, 1, n) is shown in rows. */
export function shownAs(tiles: Tiles): Tiles {
  const { height, width, count } = tiles;
  if (height > 1 || width <= ROW || count > 1) return tiles;
  const row = Array.from({ length: ROW }, (_, i) => ROW - i).find((w) => width % w === 0) ?? 1;
  return { ...tiles, height: width / row, width: row };
}
/** Seen on light and on dark. */
const MARK = '#ff7a00';
/** CSS pixels between tiles. */
const GAP = 4;
/** CSS pixels of a number at most. */
const MOST_ZOOM = 24;

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
    const room = Math.max(space, width);
    const zoom = Math.max(1, Math.min(Math.floor(side / width), Math.floor(room / width), MOST_ZOOM));
    const columns = Math.max(1, Math.min(count, Math.floor((room + GAP) / (width * zoom + GAP))));
    [this.#tiles, this.#columns, this.#zoom] = [tiles, columns, zoom];
    const plain = document.createElement('canvas');
    [plain.width, plain.height] = [width, height * count]; // one below the other
    const pixels = new ImageData(plain.width, plain.height);
    const largest = largestOf(values);
    for (let i = 0; i < values.length; i++) {
      pixels.data.fill(greyOf(values[i], largest), 4 * i, 4 * i + 3);
      pixels.data[4 * i + 3] = 255;
    }
    plain.getContext('2d')?.putImageData(pixels, 0, 0);
    const canvas = this.#canvas;
    canvas.width = columns * (width * zoom + GAP) - GAP;
    canvas.height = Math.ceil(count / columns) * (height * zoom + GAP) - GAP;
    canvas.style.width = `${canvas.width}px`;
    const context = canvas.getContext('2d');
    if (context === null) return;
    context.imageSmoothingEnabled = false;
    for (let tile = 0; tile < count; tile++) {
      const [left, top] = this.#cornerOf(tiles, tile);
      context.drawImage(plain, 0, tile * height, width, height, left, top, width * zoom, height * zoom);
    }
    if (cursor !== null) this.#frame(context, tiles, cursor);
  }

  #cornerOf({ height, width }: Tiles, tile: number): readonly [left: number, top: number] {
    return [
      (tile % this.#columns) * (width * this.#zoom + GAP),
      Math.floor(tile / this.#columns) * (height * this.#zoom + GAP),
    ];
  }

  #frame(context: CanvasRenderingContext2D, tiles: Tiles, cursor: Place | { readonly tile: number }): void {
    const zoom = this.#zoom;
    const [left, top] = this.#cornerOf(tiles, cursor.tile);
    context.strokeStyle = MARK;
    context.lineWidth = 2;
    context.strokeRect(left + 1, top + 1, tiles.width * zoom - 2, tiles.height * zoom - 2);
    if (!('row' in cursor)) return;
    const size = Math.max(zoom, 5);
    const [x, y] = [left + (cursor.column + 0.5) * zoom, top + (cursor.row + 0.5) * zoom];
    context.strokeRect(x - size / 2 - 1, y - size / 2 - 1, size + 2, size + 2);
  }

  /** Where a pointer is; null between tiles. */
  placeAt({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }): Place | null {
    if (this.#tiles === null) return null;
    const { count, height, width } = this.#tiles;
    const zoom = this.#zoom;
    const box = this.#canvas.getBoundingClientRect();
    const x = ((clientX - box.left) / box.width) * this.#canvas.width;
    const y = ((clientY - box.top) / box.height) * this.#canvas.height;
    const across = Math.floor(x / (width * zoom + GAP));
    const tile = Math.floor(y / (height * zoom + GAP)) * this.#columns + across;
    const row = Math.floor((y % (height * zoom + GAP)) / zoom);
    const column = Math.floor((x % (width * zoom + GAP)) / zoom);
    const isIn = x >= 0 && y >= 0 && across < this.#columns && tile < count && row < height && column < width;
    return isIn ? { tile, row, column } : null;
  }
}
