/** The tab Train. */
import { FIGURES } from './figures.js';

const { fixed, percent, whole } = FIGURES;

export const TRAIN = {
  network: 'Network',
  train: 'Train',
  pause: 'Pause',
  goOn: 'Go on',
  one: 'One step',
  reset: 'Reset',
  first: 'Ten kinds of drawn garments, 28 by 28 pixels. Press Train.',
  fresh: 'A fresh network. Press Train.',
  needs: 'Training needs WebGPU, which this browser does not offer.',
  preparing: 'Drawing the garments and compiling the kernels …',
  recognised: (step: number, share: number, of: number) =>
    `Step ${step}: ${percent(share)} of ${of} unseen garments are recognised.`,
  diverged: (step: number) => `The loss is not a number after ${step} steps: training has diverged. Press Reset.`,
  broken: (weights: number) => `${weights} weights are no numbers: training has diverged. Press Reset.`,
  steps: 'Steps',
  loss: 'Loss',
  trainingAccuracy: 'Training accuracy',
  testAccuracy: 'Test accuracy',
  accuracy: 'Accuracy',
  training: 'training',
  test: 'test',
  /** At the end of a curve's axis. */
  stepsAt: (last: number) => `${whole(last)} steps`,
  noLosses: 'Loss over the steps: nothing yet',
  losses: (first: number, last: number, step: number) =>
    `Loss over the steps: ${fixed(first, 2)} at first, ${fixed(last, 2)} after ${step}`,
  noAccuracies: 'Accuracy over the steps: nothing yet',
  accuracies: (share: number, step: number) =>
    `Accuracy over the steps: ${percent(share)} of the test garments after ${step}`,
  draw: 'Draw a garment',
  drawing: 'Drawing, 28 by 28 pixels: arrow keys move, space paints, backspace clears',
  drawHelp: 'Draw with finger or mouse, or with arrow keys and space.',
  guesses: 'What the network takes the drawing for',
  guess: (garment: string, share: number) => `The drawing looks like: ${garment}, ${percent(share)}`,
  example: 'Show an example',
  clear: 'Clear',
  confusion: 'Confusion',
  confusionAbout: 'garments of the row, taken for those of the column',
  confusionName: 'Confusion matrix',
  filters: 'Filters of the first layer',
  greys: 'Light adds, dark takes away.',
};
