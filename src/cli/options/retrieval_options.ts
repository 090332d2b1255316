/**
 * The options of `weft index`, `weft similar` and `weft eval-retrieval`, and those of `weft serve` and `weft page` that
 * are about an index.
 */
import { MODEL_NAMES } from '../../nn/models/list.js';
import { DATA_FORMS, IMAGE_OPTIONS, OWN_MODEL_OPTION, type OptionSpec } from './options.js';

const {
  label,
  'image-column': imageColumn,
  'image-root': imageRoot,
  encoding,
  where,
  'image-size': imageSize,
  crop,
} = IMAGE_OPTIONS;

export const INDEX_OPTIONS = {
  data: { type: 'string', describe: `whose images: ${DATA_FORMS}`, demand: true },
  out: { type: 'string', describe: 'folder of the index', demand: true },
  model: {
    type: 'string',
    describe: 'without a run: the architecture of --pretrained; of a run with a model of your own: its file',
    choices: MODEL_NAMES,
  },
  pretrained: {
    type: 'string',
    describe: 'without a run: safetensors file of its weights; images are normalised with ImageNet’s statistics',
  },
  'raw-pixels': {
    type: 'integer',
    describe: 'without a model: the vectors are the pixels of images of so many a side, to compare with',
    min: 1,
    below: 257,
  },
  layer: {
    type: 'string',
    describe:
      'the layer whose output the vectors are, of a map its mean over the image (default: what reaches the head)',
  },
  label,
  'image-column': imageColumn,
  'image-root': imageRoot,
  encoding,
  where,
  'image-size': imageSize,
  crop,
  'brand-from': {
    type: 'string',
    describe: 'CSV: the column of product names whose first words are the brand; makes a column called brand',
  },
  brands: {
    type: 'string',
    describe: 'file of the known brands, one a line (default: first words that several names share)',
  },
  force: { type: 'boolean', describe: 'replace an index that is in the folder already', default: false },
} as const satisfies Record<string, OptionSpec>;

const BRAND_RULE = {
  'exclude-same-brand': { type: 'boolean', describe: 'leave out products of the query’s brand', default: false },
  'brand-column': { type: 'string', describe: 'the index’s column of brands', default: 'brand' },
} as const satisfies Record<string, OptionSpec>;

export const SIMILAR_OPTIONS = {
  model: OWN_MODEL_OPTION,
  k: { type: 'integer', describe: 'how many to find', default: 10, min: 1, below: 201 },
  filter: { type: 'string', describe: 'only those of the index with these values: type=Heels,gender=Women' },
  ...BRAND_RULE,
  brand: { type: 'string', describe: 'the query’s brand, where its picture is not in the index' },
  distinct: {
    type: 'string',
    describe: 'of pictures with the same value of this column (class, or a table’s) only the most similar is shown',
  },
  'same-product': {
    type: 'boolean',
    describe: 'the pictures show one product: the mean of their vectors is searched for',
    default: false,
  },
  weights: { type: 'string', describe: 'where the model’s weights are now, if not where they were' },
  out: { type: 'string', describe: 'PNG file to draw the queries and what is similar to them to, a row for each' },
} as const satisfies Record<string, OptionSpec>;

export const EVAL_RETRIEVAL_OPTIONS = {
  label: { type: 'string', describe: 'the column whose equal values are right (default: the classes)' },
  part: {
    type: 'string',
    describe: 'whose rows ask: all, or those of the test part, which a trained network has not seen',
    choices: ['all', 'test'],
    default: 'all',
  },
  near: {
    type: 'integer',
    describe: 'leave out, for each query, also pictures whose perceptual hash differs in at most so many of 64 bits',
    min: 0,
    below: 33,
  },
  ...BRAND_RULE,
  queries: { type: 'integer', describe: 'so many rows, drawn by --seed, ask (default: all)', min: 1 },
  seed: { type: 'integer', describe: 'draws the queries', default: 0, min: 0, below: 2 ** 53 - 1 },
} as const satisfies Record<string, OptionSpec>;

export const PAGE_INDEX_OPTIONS = {
  index: {
    type: 'string',
    describe: 'folder that weft index wrote: the page shows the ten products of it that are most like a picture',
  },
  weights: { type: 'string', describe: 'where the weights of the index’s model are now, if not where they were' },
} as const satisfies Record<string, OptionSpec>;
