/** How one number of a map comes about: window times filter, channel by channel, with the numbers. */
import type { OpenLayer, OpenWindow, WindowPart } from '../../train/live/open_layer.js';
import { make } from '../dom.js';
import { label, type Saying } from '../words/words.js';
import { greyOf, largestOf, shownAs, TileCanvas } from './tiles.js';

/** As many channels are shown, those that matter most first; the others are added up. */
const SHOWN = 5;
/** Larger windows are pictures only. */
const MOST_CELLS = 25;
/** CSS pixels of a small picture. */
const MINI = 60;

/** One matrix of numbers in grey cells. */
function matrix(title: Saying, values: Float32Array, columns: number): HTMLElement {
  const table = make('table', '', 'numbers');
  table.append(make('caption', title));
  const largest = largestOf(values);
  for (let from = 0; from < values.length; from += columns) {
    const row = make('tr');
    for (const value of values.subarray(from, from + columns)) {
      const cell = make('td', ({ figures }) => figures.cell(value));
      const grey = greyOf(value, largest);
      cell.style.backgroundColor = `rgb(${grey}, ${grey}, ${grey})`;
      cell.style.color = grey > 117 ? '#000' : '#fff'; // 4.5 to 1 at least
      row.append(cell);
    }
    table.append(row);
  }
  return table;
}

/** The same as a small picture. */
function picture(title: Saying, values: Float32Array, height: number, width: number): HTMLElement {
  const figureElement = make('figure', '', 'mini');
  const canvas = document.createElement('canvas');
  canvas.setAttribute('role', 'img');
  label(canvas, 'aria-label', title);
  figureElement.append(canvas, make('figcaption', title));
  new TileCanvas(canvas).draw(shownAs({ values, count: 1, height, width }), MINI, null, MINI + 20);
  return figureElement;
}

function rowOf(layer: OpenLayer, part: WindowPart, isLarge: boolean): HTMLElement {
  const [height, width] = layer.kernel;
  const row = make('div', '', isLarge ? 'terms large' : 'terms');
  const shown = (title: Saying, values: Float32Array): HTMLElement =>
    isLarge ? matrix(title, values, width) : picture(title, values, height, width);
  row.append(
    make('span', layer.input.channels > 1 ? ({ open }) => open.map(part.channel) : '', 'channel'),
    shown(({ open }) => open.window, part.window),
  );
  if (part.filter !== null) {
    row.append(
      make('span', '×', 'sign'),
      shown(({ open }) => open.filter, part.filter),
    );
    row.append(
      make('span', '=', 'sign'),
      shown(({ open }) => open.products, part.products),
    );
  }
  const verb = ({ conv2d: 'sum', linear: 'sum', avg_pool2d: 'mean', max_pool2d: 'largest' } as const)[layer.kind];
  row.append(make('span', ({ open }) => open[verb](part.sum), 'sum'));
  return row;
}

/** In a sentence: sums, bias, activation. */
export function sentenceOf({ kind, activation, input }: OpenLayer, { parts, bias, before, after }: OpenWindow): Saying {
  if (kind === 'avg_pool2d') return ({ open }) => open.meanOf(before, activation, after);
  if (kind === 'max_pool2d') return ({ open }) => open.largestOf(before, activation, after);
  const total = parts.reduce((sum, part) => sum + part.sum, 0);
  return ({ open }) => open.sumOf(total, input.channels, bias, before, activation, after);
}

/** Everything about one number: the channels that matter most, and what the others add. */
export function windowRows(layer: OpenLayer, window: OpenWindow): HTMLElement[] {
  const [height, width] = layer.kernel;
  const sorted = [...window.parts].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
  const rows = sorted.slice(0, SHOWN).map((part, i) => rowOf(layer, part, i === 0 && height * width <= MOST_CELLS));
  const others = sorted.slice(SHOWN);
  if (others.length > 0) {
    const sum = others.reduce((total, part) => total + part.sum, 0);
    rows.push(make('p', ({ open }) => open.others(others.length, sum), 'small'));
  }
  return rows;
}
