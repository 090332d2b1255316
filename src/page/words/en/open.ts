/** The tab Learn, its second part: a network laid open. */
import { FIGURES } from './figures.js';

const { fixed, percent, signed } = FIGURES;

/** What comes of one number of a layer. */
const then = (activation: string | null): string => (activation === null ? '' : `, then ${activation}`);
const made = (activation: string | null, after: number): string =>
  activation === null ? '' : `; ${activation} makes ${signed(after)} of it`;

export const OPEN = {
  heading: 'A network laid open',
  about:
    'What every layer makes of a picture, of which numbers, and what the loss asks it to change: while the network ' +
    'learns.',
  network: 'Network',
  start: 'Lay it open',
  one: 'One step',
  ten: 'Ten steps',
  next: 'Another garment',
  reset: 'Reset',
  training: 'Training …',
  picture: 'The picture',
  pictureOf: (garment: string) => `The picture: ${garment}`,
  takenFor: (step: number, garment: string, share: number, loss: number) =>
    `Step ${step}: the network takes it for ${garment} (${percent(share)}); its loss on this picture is ` +
    `${fixed(loss, 3)}.`,
  layers: 'Layers, from the picture to the classes',
  linear: (name: string, count: number, inputs: number, activation: string | null) =>
    `${name}: a linear layer. Each of its ${count} numbers looks at all ${inputs} before it${then(activation)}.`,
  conv2d: (name: string, maps: number, size: string, padding: number, activation: string | null) =>
    `${name}: a convolution. Each of its ${maps} maps has a filter of ${size} for every map before it, which slides ` +
    `over it${padding > 0 ? `, as far as ${padding} over its edges, where zeros are` : ''}${then(activation)}.`,
  avg_pool2d: (name: string, size: string, activation: string | null) =>
    `${name}: of every ${size} numbers of a map the mean goes on${then(activation)}.`,
  max_pool2d: (name: string, size: string, activation: string | null) =>
    `${name}: of every ${size} numbers of a map the largest goes on${then(activation)}.`,
  maps: 'Maps',
  mapsOf: (count: number, size: string) => `${count} maps of ${size}`,
  numbersOf: (count: number) => `${count} numbers`,
  mapsName: (layer: string, shape: string) => `${layer}, ${shape} maps: arrow keys choose a number`,
  manyMapsName: (layer: string, shape: string) =>
    `${layer}, ${shape} maps: arrow keys choose a number, Page Up and Page Down another map`,
  numbersName: (layer: string, shape: string) => `${layer}, ${shape} numbers: arrow keys choose a number`,
  mapsHelp: 'Click a number, or choose it with the arrow keys. Light is positive, dark negative, middle grey 0.',
  asked: 'What the loss asks of them',
  mapsGradient: 'Gradient of the loss with respect to the maps',
  mapsGradientAbout:
    'Its gradient: where it is light, more would raise the loss; where it is dark, more would lower it.',
  filters: 'Filters',
  filtersOf: (count: number) => `${count} filters`,
  weightsOf: (number: number) => `Weights of number ${number}`,
  filtersOfMap: (map: number) => `Filters of map ${map}, one for each map before`,
  greys: 'Light adds, dark takes away.',
  filtersGradient: 'Gradient of the loss with respect to the filters',
  filtersGradientAbout:
    'A step moves each against its gradient, that of all 32 pictures of a batch; this is the one picture’s.',
  comesAbout: 'How one number comes about',
  rows: 'The window and what is made of it',
  /** @param sentence of the next six, or what the number is. */
  numberIs: (number: number, value: number, sentence: string, gradient: number) =>
    `Number ${number} is ${signed(value)}: ${sentence}. The gradient of the loss there is ${signed(gradient)}.`,
  classIs: (number: number, garment: string, value: number, sentence: string, gradient: number) =>
    `Number ${number}, ${garment}, is ${signed(value)}: ${sentence}. The gradient of the loss there is ` +
    `${signed(gradient)}.`,
  placeIs: (row: number, column: number, map: number, value: number, sentence: string, gradient: number) =>
    `Row ${row}, column ${column} of map ${map} is ${signed(value)}: ${sentence}. The gradient of the loss there is ` +
    `${signed(gradient)}.`,
  meanOf: (before: number, activation: string | null, after: number) =>
    `the mean of the window is ${signed(before)}${made(activation, after)}`,
  largestOf: (before: number, activation: string | null, after: number) =>
    `the largest of the window is ${signed(before)}${made(activation, after)}`,
  sumOf: (total: number, maps: number, bias: number, before: number, activation: string | null, after: number) =>
    `the products add up to ${signed(total)}${maps > 1 ? ` over ${maps} maps` : ''}, with the bias ` +
    `${signed(bias)} to ${signed(before)}${made(activation, after)}`,
  map: (channel: number) => `map ${channel}`,
  window: 'window',
  filter: 'filter',
  products: 'products',
  sum: (value: number) => `sum ${signed(value)}`,
  mean: (value: number) => `mean ${signed(value)}`,
  largest: (value: number) => `largest ${signed(value)}`,
  others: (maps: number, sum: number) =>
    `${maps === 1 ? 'One more map adds' : `${maps} more maps add`} ${signed(sum)}.`,
};
