/** The commands that look inside, declared: a training step, an op, a function of the reader's. */
import type { Command } from './declared.js';
import { EXPLAIN_OPTIONS, GRADCHECK_OPTIONS, TRACE_OPTIONS } from '../options/explain_options.js';

export const trace: Command = {
  form: 'trace',
  describe: 'one training step from the inside: every op and kernel, with shapes, memory and time',
  options: TRACE_OPTIONS,
  examples: [
    ['trace --model lenet5 --top 10', 'the ten kernels that take longest'],
    ['trace --model cnn --out inside', 'a trace for chrome://tracing, and the graph with its gradients as a picture'],
  ],
  run: async (argv) => (await import('../commands/trace.js')).run(argv),
};

export const explain: Command = {
  form: 'explain [op]',
  describe: 'explain an op: formula, gradient, what is kept, kernels and the idea of each, who computes what',
  positionals: { op: 'its name; without one all are listed' },
  options: EXPLAIN_OPTIONS,
  examples: [
    ['explain matmul --shapes 128x512x256 --out tile.svg', 'at these sizes, its tile as a picture'],
    ['explain softmax --time', 'how near its kernels come to what this adapter can do'],
    ['explain relu --wgsl', 'with its shader'],
  ],
  run: async (argv) => (await import('../commands/explain.js')).run(argv),
};

export const gradcheck: Command = {
  form: 'gradcheck <file>',
  describe: 'compare the gradients of your own ops with central differences',
  positionals: { file: 'JavaScript module that exports `checks` (docs/inside.md); its code is run' },
  options: GRADCHECK_OPTIONS,
  examples: [['gradcheck my_op.mjs', 'names the input and element whose gradient is wrong']],
  run: async (argv) => (await import('../commands/gradcheck.js')).run(argv),
};
