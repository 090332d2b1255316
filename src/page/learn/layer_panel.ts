/** One layer of the open network: its maps and filters, what the loss asks of both, and how one number is made. */
import { windowOf, type Maps, type OpenLayer } from '../../train/live/open_layer.js';
import { byId } from '../dom.js';
import { shownAs, TileCanvas, type Place, type Tiles } from './tiles.js';
import { figure, sentenceOf, windowRows } from './window_table.js';

/** CSS pixels that a map should take: the less, the more there are. */
const sideOfMaps = (count: number): number => (count === 1 ? 280 : count <= 8 ? 96 : count <= 16 ? 72 : 44);
const sideOfFilters = (count: number): number => (count === 1 ? 280 : count <= 16 ? 56 : 34);

const tilesOf = ({ channels, height, width }: Maps, values: Float32Array): Tiles =>
  shownAs({ values, count: channels, height, width });

/** What the layer does, and to what. */
export function describe({ name, kind, kernel, activation, padding, output, input }: OpenLayer): string {
  const size = `${kernel[0]} × ${kernel[1]}`;
  const then = activation === null ? '' : `, then ${activation}`;
  const edge = padding[0] > 0 ? `, as far as ${padding[0]} over its edges, where zeros are` : '';
  if (kind === 'linear')
    return (
      `${name}: a linear layer. Each of its ${output.width} numbers looks at all ${input.values.length} ` +
      `before it${then}.`
    );
  if (kind === 'conv2d')
    return (
      `${name}: a convolution. Each of its ${output.channels} maps has a filter of ${size} for every map before it, ` +
      `which slides over it${edge}${then}.`
    );
  const what = kind === 'avg_pool2d' ? 'the mean' : 'the largest';
  return `${name}: of every ${size} numbers of a map ${what} goes on${then}.`;
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
    addEventListener('resize', () => this.#draw());
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
    const kind = layer.kind === 'linear' ? 'numbers' : 'maps';
    byId('layer-about', HTMLElement).textContent = describe(layer);
    byId('maps-title', HTMLElement).textContent =
      kind === 'maps' ? `${count} maps of ${height} × ${width}` : `${height * width} numbers`;
    this.#mapsCanvas.setAttribute(
      'aria-label',
      `${layer.name}, ${count} × ${height} × ${width} ${kind}: arrow keys choose a number` +
        (count > 1 ? ', Page Up and Page Down another map' : ''),
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
    const meaning = this.#names[at.column];
    const name =
      layer.kind === 'linear'
        ? `Number ${at.column}${meaning === undefined ? '' : `, ${meaning},`}`
        : `Row ${at.row}, column ${at.column} of map ${at.tile}`;
    byId('window-sentence', HTMLElement).textContent =
      `${name} is ${figure(output.values[index])}: ${sentenceOf(layer, window)}. ` +
      `The gradient of the loss there is ${figure(dOutput.values[index])}.`;
    byId('window-rows', HTMLElement).replaceChildren(...windowRows(layer, window));
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
    byId('filters-title', HTMLElement).textContent = isAll
      ? `${layer.output.channels} filters`
      : kind === 'linear'
        ? `Weights of number ${own}`
        : `Filters of map ${own}, one for each map before`;
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
