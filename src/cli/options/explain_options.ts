/** The options of commands that look inside: trace, explain, gradcheck. */
import { SHARED_OPTIONS, type SpecTable } from './options.js';
import { SUMMARY_OPTIONS } from './run_options.js';

export const TRACE_OPTIONS = {
  model: { type: 'string', describe: 'architecture (weft models lists them)', demand: true },
  batch: { type: 'integer', describe: 'images in the step', default: 32, min: 1 },
  classes: SUMMARY_OPTIONS.classes,
  channels: SUMMARY_OPTIONS.channels,
  'image-size': SUMMARY_OPTIONS['image-size'],
  top: { type: 'integer', describe: 'only so many kernels, those that take longest, instead of all in order', min: 1 },
  out: {
    type: 'string',
    describe: 'folder for trace.json (chrome://tracing, Perfetto), graph.svg and graph.png',
  },
  ...SHARED_OPTIONS,
} as const satisfies SpecTable;

export const EXPLAIN_OPTIONS = {
  shapes: {
    type: 'string',
    describe: 'sizes joined by x, e.g. 256x256x256 for matmul (default: those it is timed at)',
  },
  wgsl: { type: 'boolean', describe: 'print the shaders of its forward, as they are compiled for it', default: false },
  time: {
    type: 'boolean',
    describe: 'measure this adapter’s roofs, and the kernels it could run beside them',
    default: false,
  },
  out: { type: 'string', describe: 'SVG file: the tile of its kernel (matrix products and convolutions)' },
  ...SHARED_OPTIONS,
} as const satisfies SpecTable;

export const GRADCHECK_OPTIONS = {
  adapter: SHARED_OPTIONS.adapter,
  json: SHARED_OPTIONS.json,
} as const satisfies SpecTable;
