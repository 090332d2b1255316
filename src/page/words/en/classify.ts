/** The tab Classify. */
import { FIGURES } from './figures.js';

export const CLASSIFY = {
  heading: 'Picture',
  network: 'Network',
  picture: 'Your picture',
  hint: 'Drop or paste a picture.',
  hintOf: (classes: readonly string[]) => `Drop or paste a picture of one of these: ${classes.join(', ')}.`,
  pick: 'Choose a picture',
  photo: 'Take a photo',
  example: 'Show an example',
  file: 'Picture file',
  camera: 'Photo',
  limits: 'JPEG, PNG or WebP up to 20 MB.',
  stays: 'It does not leave this browser.',
  sent: 'This browser cannot compute: the picture is sent to the server.',
  openModel: 'Open a model',
  modelFile: 'Model file',
  openRun: 'Open a run’s folder',
  runFolder: 'Run folder',
  noRun: (file: string) => `There is no ${file} in this folder. To mend it: choose a folder that weft train wrote.`,
  known: (classes: number) => `What it tells apart (${FIGURES.whole(classes)})`,
  shows: 'What it shows',
  loadingModel: 'Loading the model …',
  loadingName: 'Loading the model',
  ready: (model: string) => `${model} is ready.`,
  noModel: 'This page came without a model. Open one: the file best.safetensors of a run.',
  notReady: 'There is no model to ask yet. To mend it: wait until it is loaded.',
  cannot: 'Without WebGPU this page cannot classify.',
  looking: 'Looking …',
  answer: (name: string, share: number) => `${name}, ${FIGURES.percent(share)}`,
  doubt: (side: number) =>
    `This network has learned small grey pictures, ${side} pixels a side. Of a photograph it sees next to nothing: ` +
    'what it says may mean little.',
  look: 'Where the network looks',
  lookAbout:
    'Covers the picture piece by piece: where the likelihood of the first class falls, there the network found it.',
  lookAt: (done: number, of: number) => `Looking … ${done} of ${of}`,
  showPicture: 'Show the picture',
};
