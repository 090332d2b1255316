/**
 * A device whose bindings are limited to 64 KiB (16,384 elements): ops on tensors beyond that are worked on in windows
 * and give the same results.
 */
import { Device } from '../../../src/device/device.js';
import { checkForward, checkGradients } from '../../support/check_op.js';
import { suite } from '../../support/harness.js';
import { specOf } from '../../../src/cases/index.js';
import { caseName, type OpCase } from '../../../src/cases/spec.js';
import { LIMIT } from './windows_limit.js';

const test = suite('windows');

let device: Device;

test.before(async () => {
  device = await Device.create({ maxBindingBytes: LIMIT });
});

test.after(() => device.destroy());

interface WindowCase extends OpCase<unknown> {
  readonly op: string;
}

const over = (op: string, shapes: WindowCase['shapes'], args: unknown = null): WindowCase => ({ op, shapes, args });

const reduced = (op: string, shape: readonly number[], dim: readonly number[], keepdim = false): WindowCase => ({
  op,
  shapes: [shape],
  args: { dim, keepdim },
  forwardOnly: true,
});

const [NN, NT, TN, TT] = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
].map(([transposeA, transposeB]) => ({ transposeA, transposeB }));

const CASES: readonly WindowCase[] = [
  over('relu', [[40001]]),
  over('exp', [[3, 100, 101]]),
  over('add', [
    [201, 101],
    [201, 101],
  ]),
  over('mul', [[201, 101], [101]]),
  over('mul', [[201, 100], [100]]), // by vec4s
  over('sub', [
    [256, 100],
    [256, 1],
  ]),
  over('div', [
    [256, 101],
    [256, 1],
  ]),
  over('sub', [[33000], []]),
  over('maximum', [[], [1, 33000]]),
  over('pow', [
    [128, 3, 64],
    [128, 1, 64],
  ]),
  // a is too large, b is, c is, all are
  ...[NN, NT].map((t) => over('matmul', [[300, 64], t === NN ? [64, 8] : [8, 64]], t)),
  ...[TN, TT].map((t) => over('matmul', [[300, 64], t === TN ? [300, 8] : [8, 300]], t)),
  over(
    'matmul',
    [
      [8, 300],
      [300, 64],
    ],
    NN,
  ),
  over(
    'matmul',
    [
      [300, 8],
      [300, 64],
    ],
    TN,
  ),
  over(
    'matmul',
    [
      [8, 64],
      [300, 64],
    ],
    NT,
  ),
  over(
    'matmul',
    [
      [64, 8],
      [300, 64],
    ],
    TT,
  ),
  over(
    'matmul',
    [
      [200, 12],
      [12, 201],
    ],
    NN,
  ),
  over(
    'matmul',
    [
      [260, 200],
      [200, 130],
    ],
    NN,
  ),
  over(
    'matmul',
    [
      [130, 256],
      [300, 256],
    ],
    NT,
  ),
  over(
    'matmul',
    [
      [7, 96, 33],
      [7, 33, 32],
    ],
    NN,
  ), // matrices of a batch that fit one by one
  over(
    'matmul',
    [
      [300, 10, 8],
      [8, 12],
    ],
    NN,
  ),
  over(
    'matmul',
    [
      [2, 192, 128],
      [192, 64],
    ],
    TN,
  ), // matrices of a batch that do not fit
  {
    ...over(
      'matmul',
      [
        [1, 20000],
        [20000, 3],
      ],
      NN,
    ),
    forwardOnly: true,
  }, // a row lies along K
  {
    ...over(
      'matmul',
      [
        [1, 20000],
        [1, 20000],
      ],
      NT,
    ),
    forwardOnly: true,
  },
  over('linear', [[16, 200], [120, 200], [120]]), // a large fully connected layer: w, and dw
  over('linear', [[256, 128], [192, 128], [192]]), // all three
  over('conv2d', [[50, 3, 16, 16], [4, 3, 3, 3], [4]], { padding: [1, 1] }),
  over(
    'conv2d',
    [
      [80, 1, 15, 15],
      [1, 1, 3, 3],
    ],
    {},
  ),
  over(
    'conv2d',
    [
      [50, 3, 16, 16],
      [4, 3, 3, 3],
    ],
    { padding: [1, 1], stride: [2, 2], choice: { variant: 'naive' } },
  ),
  over('max_pool2d', [[40, 3, 16, 16]], { kernelSize: [2, 2] }),
  over('max_pool2d', [[40, 3, 16, 16]], { kernelSize: [2, 2], activation: 'relu' }),
  over('avg_pool2d', [[40, 3, 16, 14]], { kernelSize: [2, 2] }),
  over('avg_pool2d', [[40, 3, 16, 16]], { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1] }),
  over('softmax', [[2001, 10]], { dim: -1 }),
  over('log_softmax', [[2001, 10]], { dim: -1 }),
  over('cross_entropy', [[2001, 10], [2001]], { reduction: 'none' }),
  over('argmax', [[2001, 10]], { dim: -1 }),
  over('permute', [[128, 128]], { order: [1, 0] }), // knows no windows, and fits to the byte
  over('where', [[256, 101], [256, 1], []]),
  over('permute', [[200, 201]], { order: [1, 0] }),
  over('slice', [[200, 201]], { dim: 1, start: 1, end: 5 }),
  over(
    'cat',
    [
      [200, 200],
      [200, 1],
    ],
    { dim: 1 },
  ),
  over('expand', [[1, 201]], { shape: [200, 201] }),
  ...['sum', 'mean', 'max', 'min', 'prod'].map((op) => reduced(op, [201, 103], [0, 1])),
  reduced('sum', [201, 103], [1]),
  reduced('mean', [201, 103], [0], true),
  reduced('sum', [201, 104], [0]), // columns by vec4s
  reduced('max', [20001, 2], [0]),
  reduced('min', [5, 12800], [1]),
  reduced('sum', [40, 3, 16, 16], [2, 3]),
  reduced('sum', [40, 3, 16, 16], [0, 2, 3]), // a bias's gradient
  reduced('max', [40, 3, 16, 16], [1]),
  reduced('prod', [40, 3, 16, 16], [1, 3]),
];

const differentiable = new Set(CASES.map((c) => c.op).filter((op) => op !== 'argmax'));

for (const c of CASES) {
  const spec = specOf(c.op);
  test(caseName(spec, c), async () => {
    await checkForward(device, spec, c);
    if (differentiable.has(c.op) && c.forwardOnly === undefined) await checkGradients(device, spec, c);
  });
}

test.run();
