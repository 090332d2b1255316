/** Cases of the plain recurrent layer: those of LSTM and GRU, and relu. */
import { rnn } from '../../autograd/ops/index.js';
import { rnnCell } from '../../kernels/recurrent/rnn_reference.js';
import { rnnBackwardTrials, rnnTrials } from '../../kernels/recurrent/trial.js';
import { UNIT } from '../draw.js';
import { defineSpec, type OpSpec } from '../spec.js';
import { atSize, casesOf, joined, named, parts, reference, weightDomain, type Args } from './recurrent.js';

interface RnnArgs extends Args {
  readonly nonlinearity?: 'tanh' | 'relu';
}

const REFERENCES = { tanh: reference(rnnCell('tanh'), 1), relu: reference(rnnCell('relu'), 1) };
const plain = casesOf(1, 1);
const rectified = plain
  .slice(1, 7)
  .map(({ shapes, args }) => ({ shapes, args: { ...args, nonlinearity: 'relu' as const } }));

export const rnnSpecs: readonly OpSpec[] = [
  defineSpec<RnnArgs>({
    op: 'rnn',
    inputs: [
      { name: 'x', domain: UNIT },
      { name: 'w', domain: weightDomain },
    ],
    gpu: (inputs, args) => {
      const { x, weights, states } = parts(inputs, args);
      const { output, h } = rnn(x, args.state ? states[0] : null, named(weights), args);
      return joined([output, h]);
    },
    cpu: (inputs, args) => REFERENCES[args.nonlinearity ?? 'tanh'].forward(inputs, args),
    cpuBackward: (dy, inputs, args) => REFERENCES[args.nonlinearity ?? 'tanh'].backward(dy, inputs, args),
    trials: [rnnTrials, rnnBackwardTrials],
    bench: [atSize(1)([28, 64, 28, 128])],
    benchSizes: { letters: 'TxBxIxH', case: atSize(1) },
    cases: [...plain, ...rectified],
  }),
];
