/** How one number of a map comes about: window times filter, channel by channel, with the numbers. */
import type { OpenLayer, OpenWindow, WindowPart } from '../../train/live/open_layer.js';
import { make } from '../dom.js';
import { greyOf, largestOf, shownAs, TileCanvas } from './tiles.js';

/** As many channels are shown, those that matter most first; the others are added up. */
const SHOWN = 5;
/** Larger windows are pictures only. */
const MOST_CELLS = 25;
/** CSS pixels of a small picture. */
const MINI = 60;

/** A number for the page, with a true minus sign; as a power of ten where it is tiny. */
export function figure(value: number): string {
  const text = value !== 0 && Math.abs(value) < 5e-4 ? value.toExponential(1) : value.toFixed(3);
  return text.replaceAll('-', '−');
}

/** One matrix of numbers in grey cells. */
function matrix(title: string, values: Float32Array, columns: number): HTMLElement {
  const table = make('table', '', 'numbers');
  table.append(make('caption', title));
  const largest = largestOf(values);
  for (let from = 0; from < values.length; from += columns) {
    const row = make('tr');
    for (const value of values.subarray(from, from + columns)) {
      const cell = make('td', value.toFixed(3).replace('-', '−'));
      const grey = greyOf(value, largest);
      cell.style.backgroundColor = `rgb(${grey}, ${grey}, ${grey})`;
      cell.style.color = grey > 115 ? '#000' : '#fff';
      row.append(cell);
    }
    table.append(row);
  }
  return table;
}

/** The same as a small picture. */
function picture(title: string, values: Float32Array, height: number, width: number): HTMLElement {
  const figureElement = make('figure', '', 'mini');
  const canvas = document.createElement('canvas');
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', title);
  figureElement.append(canvas, make('figcaption', title));
  new TileCanvas(canvas).draw(shownAs({ values, count: 1, height, width }), MINI, null, MINI + 20);
  return figureElement;
}

function rowOf(layer: OpenLayer, part: WindowPart, isLarge: boolean): HTMLElement {
  const [height, width] = layer.kernel;
  const row = make('div', '', isLarge ? 'terms large' : 'terms');
  const show = (title: string, values: Float32Array): HTMLElement =>
    isLarge ? matrix(title, values, width) : picture(title, values, height, width);
  row.append(
    make('span', layer.input.channels > 1 ? `map ${part.channel}` : '', 'channel'),
    show('window', part.window),
  );
  if (part.filter !== null) {
    row.append(make('span', '×', 'sign'), show('filter', part.filter));
    row.append(make('span', '=', 'sign'), show('products', part.products));
  }
  const verb = { conv2d: 'sum', linear: 'sum', avg_pool2d: 'mean', max_pool2d: 'largest' }[layer.kind];
  row.append(make('span', `${verb} ${figure(part.sum)}`, 'sum'));
  return row;
}

/** In a sentence: sums, bias, activation. */
export function sentenceOf({ kind, activation, input }: OpenLayer, { parts, bias, before, after }: OpenWindow): string {
  const active = activation === null ? '' : `; ${activation} makes ${figure(after)} of it`;
  if (kind === 'avg_pool2d') return `the mean of the window is ${figure(before)}${active}`;
  if (kind === 'max_pool2d') return `the largest of the window is ${figure(before)}${active}`;
  const total = parts.reduce((sum, part) => sum + part.sum, 0);
  const over = input.channels > 1 ? ` over ${input.channels} maps` : '';
  const sum = `the products add up to ${figure(total)}${over}, with the bias ${figure(bias)} to ${figure(before)}`;
  return `${sum}${active}`;
}

/** Everything about one number: the channels that matter most, and what the others add. */
export function windowRows(layer: OpenLayer, window: OpenWindow): HTMLElement[] {
  const [height, width] = layer.kernel;
  const sorted = [...window.parts].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
  const rows = sorted.slice(0, SHOWN).map((part, i) => rowOf(layer, part, i === 0 && height * width <= MOST_CELLS));
  const others = sorted.slice(SHOWN);
  if (others.length > 0) {
    const sum = others.reduce((total, part) => total + part.sum, 0);
    const all = others.length === 1 ? 'One more map adds' : `${others.length} more maps add`;
    rows.push(make('p', `${all} ${figure(sum)}.`, 'small'));
  }
  return rows;
}
