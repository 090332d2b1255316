/** The options of commands about a run or a model: eval, predict, serve, page, summary. */
import { DATA_FORMS, OWN_MODEL_OPTION, SHARED_OPTIONS, type OptionSpec, type SpecTable } from './options.js';
import { PAGE_INDEX_OPTIONS } from './retrieval_options.js';

/** How often `weft predict` and `weft eval` look at a picture. */
const TTA_OPTION = {
  type: 'string',
  describe:
    'average the probabilities of several views of a picture: flip (mirrored too: 2), crops (corners too: 5), ' +
    'flip,crops (10)',
} as const satisfies OptionSpec;

const SPLITS = ['test', 'train', 'validation', 'all'] as const;

export const EVAL_OPTIONS = {
  model: OWN_MODEL_OPTION,
  data: { type: 'string', describe: `other data than the run’s own: ${DATA_FORMS}` },
  split: {
    type: 'string',
    describe:
      'which images: the test part, what the run trained or validated on, or all of a source without a test part',
    choices: SPLITS,
    default: 'test',
  },
  checkpoint: {
    type: 'string',
    describe: 'which of the run’s checkpoints',
    choices: ['best', 'last'],
    default: 'best',
  },
  tta: TTA_OPTION,
  out: {
    type: 'string',
    describe: 'folder to write report.html, predictions.csv, the reliability diagram and the confusion matrix to',
  },
} as const satisfies SpecTable;

export const PREDICT_OPTIONS = {
  model: OWN_MODEL_OPTION,
  top: { type: 'integer', describe: 'classes to show for each picture', default: 3, min: 1 },
  'same-product': {
    type: 'boolean',
    describe: 'the pictures show one product: the mean of their probabilities is the answer',
    default: false,
  },
  out: { type: 'string', describe: 'CSV file to write the answers to as well: file, classes and probabilities, error' },
  tta: TTA_OPTION,
  calibrated: {
    type: 'boolean',
    describe: 'divide logits by the temperature that was fitted on the images which the run held back',
    default: false,
  },
  explain: {
    type: 'string',
    describe:
      'folder for a picture of each input: where the network looks for the likeliest class (Grad-CAM, occlusion)',
  },
  label: {
    type: 'string',
    describe: 'of a table of pixels: the column that is no pixel, where nothing says which it is',
  },
  encoding: { type: 'string', describe: 'of a table, where it is not UTF-8 and no byte order mark says it' },
} as const satisfies SpecTable;

/** What comes with a page beside its runs. */
const PAGE_PARTS = {
  model: OWN_MODEL_OPTION,
  learn: { type: 'boolean', describe: 'without a run: a page to train and to learn with', default: false },
  ...PAGE_INDEX_OPTIONS,
  backbone: {
    type: 'string',
    describe:
      'the network that the page trains classes of its visitor’s own with: squeezenet1_1 and others whose weights ' +
      'are published, or a run folder (default: the first run’s)',
  },
  pretrained: {
    type: 'string',
    describe:
      'file of the weights of a published --backbone (default: where weft weights download MODEL puts them), or ' +
      'imagenet:v2',
  },
} as const satisfies SpecTable;

export const SERVE_OPTIONS = {
  ...PAGE_PARTS,
  port: { type: 'integer', describe: 'port to listen on; 0: a free one', default: 8080, min: 0, below: 65536 },
  host: { type: 'string', describe: 'address to listen on; 0.0.0.0 lets other machines in', default: '127.0.0.1' },
  token: {
    type: 'string',
    describe:
      'what who asks must show; none: nothing (default: a random one, printed in the address, where other machines ' +
      'are let in)',
  },
  quota: {
    type: 'number',
    describe: 'pictures a minute that the server classifies for one address; 0: no limit (default: 60 with --host)',
    min: 0,
  },
  'tls-cert': { type: 'string', describe: 'https: the certificate with its chain, PEM' },
  'tls-key': { type: 'string', describe: 'https: its private key, PEM' },
  adapter: SHARED_OPTIONS.adapter,
  json: SHARED_OPTIONS.json,
} as const satisfies SpecTable;

export const PAGE_OPTIONS = {
  ...PAGE_PARTS,
  out: { type: 'string', describe: 'folder to write', demand: true },
  force: { type: 'boolean', describe: 'replace a page that is in the folder already', default: false },
  json: SHARED_OPTIONS.json,
} as const satisfies SpecTable;

export const SUMMARY_OPTIONS = {
  classes: { type: 'integer', describe: 'how many classes it tells apart (default: as weft models says)', min: 1 },
  channels: { type: 'integer', describe: 'of the images', min: 1 },
  'image-size': { type: 'integer', describe: 'height and width of the images', min: 1 },
  json: SHARED_OPTIONS.json,
} as const satisfies SpecTable;
