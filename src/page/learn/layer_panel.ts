/** One layer of the open network: its maps and filters, what the loss asks of both, and how one number is made. */
import { windowOf, type Maps, type OpenLayer, type OpenWindow } from '../../train/live/open_layer.js';
import { byId } from '../dom.js';
import { garment, label, say, type Saying } from '../words/words.js';
import { shownAs, TileCanvas, type Place, type Tiles } from './tiles.js';
import { sentenceOf, windowRows } from './window_table.js';

/** CSS pixels that a map should take: the less, the more there are. */
const sideOfMaps = (count: number): number => (count === 1 ? 280 : count <= 8 ? 96 : count <= 16 ? 72 : 44);
const sideOfFilters = (count: number): number => (count === 1 ? 280 : count <= 16 ? 56 : 34);

const tilesOf = ({ channels, height, width }: Maps, values: Float32Array): Tiles =>
  shownAs({ values, count: channels, height, width });

/** What the layer does, and to what. */
function describe({ name, kind, kernel, activation, padding, output, input }: OpenLayer): Saying {
  const size = `${kernel[0]} × ${kernel[1]}`;
  if (kind === 'linear') return ({ open }) => open.linear(name, output.width, input.values.length, activation);
  if (kind === 'conv2d') return ({ open }) => open.conv2d(name, output.channels, size, padding[0], activation);
  return ({ open }) => open[kind](name, size, activation);
}

export class LayerPanel {
  readonly #mapsCanvas = byId('maps', HTMLCanvasElement);
  readonly #maps = new TileCanvas(this.#mapsCanvas);
  readonly #mapsGradient = new TileCanvas(byId('maps-gradient', HTMLCanvasElement));
  readonly #filters = new TileCanvas(byId('layer-filters', HTMLCanvasElement));
  readonly #filtersGradient = new TileCanvas(byId('filters-gradient', HTMLCanvasElement));
  #layer: OpenLayer | null = null;
  #names: readonly string[] = [];
  #place: Place = { tile: 0, row: 0, column: 0 };

  constructor() {
    this.#mapsCanvas.addEventListener('pointerdown', (event) => {
      const place = this.#maps.placeAt(event);
      if (place !== null) this.#goTo(place);
    });
    this.#mapsCanvas.addEventListener('keydown', (event) => this.#key(event));
    for (const event of ['resize', 'weft-language']) addEventListener(event, () => this.#draw());
  }

  /**
   * Shows a layer; the place stays where it is when it is the same one after a step.
   * @param names what the numbers of the layer stand for, where they stand for something.
   */
  show(layer: OpenLayer, names: readonly string[]): void {
    const { count, height, width } = tilesOf(layer.output, layer.output.values);
    if (this.#layer?.name !== layer.name || this.#layer.output.values.length !== layer.output.values.length)
      this.#place = { tile: 0, row: Math.floor(height / 2), column: Math.floor(width / 2) };
    [this.#layer, this.#names] = [layer, names];
    say(byId('layer-about', HTMLElement), describe(layer));
    const isVector = layer.kind === 'linear';
    say(byId('maps-title', HTMLElement), ({ open }) =>
      isVector ? open.numbersOf(height * width) : open.mapsOf(count, `${height} × ${width}`),
    );
    const shape = `${count} × ${height} × ${width}`;
    label(this.#mapsCanvas, 'aria-label', ({ open }) =>
      (isVector ? open.numbersName : count > 1 ? open.manyMapsName : open.mapsName)(layer.name, shape),
    );
    this.#draw();
  }

  #key(event: KeyboardEvent): void {
    if (this.#layer === null) return;
    const { count, height, width } = tilesOf(this.#layer.output, this.#layer.output.values);
    const { tile, row, column } = this.#place;
    const moved: Readonly<Record<string, Place>> = {
      ArrowLeft: { tile, row, column: column - 1 },
      ArrowRight: { tile, row, column: column + 1 },
      ArrowUp: { tile, row: row - 1, column },
      ArrowDown: { tile, row: row + 1, column },
      PageUp: { tile: tile - 1, row, column },
      PageDown: { tile: tile + 1, row, column },
    };
    const to = moved[event.key];
    if (to === undefined) return;
    event.preventDefault(); // else the page scrolls
    const within = (v: number, below: number): number => Math.min(Math.max(v, 0), below - 1);
    this.#goTo({ tile: within(to.tile, count), row: within(to.row, height), column: within(to.column, width) });
  }

  #goTo(place: Place): void {
    this.#place = place;
    this.#draw();
  }

  /** The place in the layer's own shape: a vector is shown in rows, and is none. */
  #inLayer({ output }: OpenLayer): Place {
    const { tile, row, column } = this.#place;
    const at = row * tilesOf(output, output.values).width + column;
    return { tile, row: Math.floor(at / output.width), column: at % output.width };
  }

  #draw(): void {
    const layer = this.#layer;
    if (layer === null || byId('layer', HTMLElement).hidden) return;
    const { output, dOutput } = layer;
    const side = sideOfMaps(output.channels);
    this.#maps.draw(tilesOf(output, output.values), side, this.#place);
    this.#mapsGradient.draw(tilesOf(output, dOutput.values), side, this.#place);
    this.#drawFilters(layer);
    const at = this.#inLayer(layer);
    const index = (at.tile * output.height + at.row) * output.width + at.column;
    const window = windowOf(layer, at.tile, at.row, at.column);
    say(
      byId('window-sentence', HTMLElement),
      this.#sentence(layer, at, [output.values[index], dOutput.values[index]], window),
    );
    byId('window-rows', HTMLElement).replaceChildren(...windowRows(layer, window));
  }

  /** What the number at a place is, how it comes about, and its gradient. */
  #sentence(
    layer: OpenLayer,
    { tile, row, column }: Place,
    [value, gradient]: readonly [number, number],
    window: OpenWindow,
  ): Saying {
    const how = sentenceOf(layer, window);
    if (layer.kind !== 'linear') return (words) => words.open.placeIs(row, column, tile, value, how(words), gradient);
    const meaning: string | undefined = this.#names[column];
    if (meaning === undefined) return (words) => words.open.numberIs(column, value, how(words), gradient);
    const name = garment(meaning);
    return (words) => words.open.classIs(column, name(words), value, how(words), gradient);
  }

  /** All filters where each is of one map; else those of the map that the place is in. */
  #drawFilters(layer: OpenLayer): void {
    const { weights, input, kernel, kind } = layer;
    for (const id of ['filters-part', 'filters-gradient-part']) byId(id, HTMLElement).hidden = weights === null;
    if (weights === null) return;
    const [height, width] = kernel;
    const own = kind === 'linear' ? this.#inLayer(layer).column : this.#place.tile;
    const isAll = kind === 'conv2d' && input.channels === 1;
    const size = input.channels * height * width;
    const part = (values: Float32Array): Tiles => {
      const count = isAll ? values.length / size : input.channels;
      return shownAs({ values: isAll ? values : values.subarray(own * size, (own + 1) * size), count, height, width });
    };
    say(byId('filters-title', HTMLElement), ({ open }) => {
      if (isAll) return open.filtersOf(layer.output.channels);
      return kind === 'linear' ? open.weightsOf(own) : open.filtersOfMap(own);
    });
    const cursor = isAll ? { tile: own } : null;
    for (const [canvas, values] of [
      [this.#filters, weights.values],
      [this.#filtersGradient, weights.grad],
    ] as const) {
      const tiles = part(values);
      canvas.draw(tiles, sideOfFilters(tiles.count), cursor);
    }
  }
}
