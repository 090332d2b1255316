/** Activations as layers, containers, losses as modules, models of a user's own, and models as text. */
import { inspect } from 'node:util';
import * as assert from 'uvu/assert';
import * as F from '../../src/autograd/ops/index.js';
import { UsageError } from '../../src/device/errors.js';
import type { UnaryRow } from '../../src/kernels/elementwise/row.js';
import { UNARY } from '../../src/kernels/elementwise/unary_table.js';
import * as nn from '../../src/nn/index.js';
import { tensor, type Tensor } from '../../src/tensor/tensor.js';
import { fails } from '../device/tools.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('layers');

const X = [-3, -1.5, -0.5, 0, 0.5, 1.5, 3];
const numbers = async (x: Tensor): Promise<number[]> => [...(await x.read())];

test('activations are torch.nn’s, with its arguments', async () => {
  const device = await testDevice();
  const x = tensor(device, X);
  const pairs: [nn.Module, Tensor, string][] = [
    [new nn.ReLU(), F.relu(x), 'ReLU()'],
    [new nn.LeakyReLU(), F.leakyRelu(x), 'LeakyReLU(negativeSlope=0.01)'],
    [new nn.LeakyReLU(0.2), F.leakyRelu(x, 0.2), 'LeakyReLU(negativeSlope=0.2)'],
    [new nn.ELU(2), F.elu(x, 2), 'ELU(alpha=2)'],
    [new nn.SELU(), F.selu(x), 'SELU()'],
    [new nn.SiLU(), F.silu(x), 'SiLU()'],
    [new nn.Softplus(), F.softplus(x), 'Softplus()'],
    [new nn.Hardtanh(-2, 2), F.hardtanh(x, -2, 2), 'Hardtanh(min=-2, max=2)'],
    [new nn.Sigmoid(), F.sigmoid(x), 'Sigmoid()'],
    [new nn.Tanh(), F.tanh(x), 'Tanh()'],
    [new nn.GELU(), F.gelu(x), 'GELU(approximate=none)'],
    [new nn.GELU({ approximate: 'tanh' }), F.gelu(x, 'tanh'), 'GELU(approximate=tanh)'],
    [new nn.Softmax(), F.softmax(x), 'Softmax(dim=-1)'],
    [new nn.LogSoftmax(0), F.logSoftmax(x, 0), 'LogSoftmax(dim=0)'],
    [new nn.Identity(), x, 'Identity()'],
  ];
  for (const [layer, expected, text] of pairs) {
    assert.equal(await numbers(layer.forward(x)), await numbers(expected), text);
    assert.is(String(layer), text);
  }
  assert.ok(new nn.ReLU() instanceof nn.ReLU && !(new nn.Tanh() instanceof nn.ReLU));
});

test('any row makes a layer, and wrong arguments are refused', async () => {
  const device = await testDevice();
  for (const [name, row] of Object.entries(UNARY) as [keyof typeof UNARY, UnaryRow][]) {
    const Layer = nn.activationLayer(`My${name}`, name);
    assert.is(Layer.name, `My${name}`);
    const x = tensor(device, [row.domain[0] / 2 + row.domain[1] / 2]);
    assert.equal(await numbers(new Layer().forward(x)), await numbers(F.elementwise(name, x)), name);
  }
  const Elu = nn.activationLayer<readonly number[]>('Elu', 'elu') as unknown as new (...args: number[]) => nn.Module;
  await fails(() => new Elu(1, 2), UsageError, /\[Elu\] takes numbers: alpha/);
});

class Two extends nn.Module {
  readonly blocks = new nn.ModuleList([new nn.Linear(4, 3), new nn.Linear(3, 2)]);
  readonly heads = new nn.ModuleDict({ colour: new nn.Linear(2, 5), size: new nn.Linear(2, 3) });

  forward(x: Tensor): Tensor {
    let y = x;
    for (const block of this.blocks) y = block.forward(y);
    return this.heads.get('size').forward(y);
  }
}

test('ModuleList and ModuleDict: keys, access, training mode; they are not called', async () => {
  const device = await testDevice();
  const model = new Two().to(device).eval();
  assert.equal(
    [...model.namedParameters()].map(([key]) => key).filter((key) => key.endsWith('weight')),
    ['blocks.0.weight', 'blocks.1.weight', 'heads.colour.weight', 'heads.size.weight'],
  );
  assert.equal(model.forward(tensor(device, [[1, 2, 3, 4]])).shape, [1, 3]);
  assert.equal(
    [model.blocks.length, model.blocks.at(-1).weight.shape, model.blocks.at(0).training],
    [2, [2, 3], false],
  );
  assert.equal(model.heads.keys(), ['colour', 'size']);
  await fails(() => model.blocks.at(2), UsageError, /no module 2 of 2/);
  await fails(() => model.heads.get('shape'), UsageError, /no module "shape"/);
  await fails(() => model.blocks.forward(), UsageError, /has no forward/);
  await fails(() => model.heads.forward(), UsageError, /has no forward/);
  assert.is(new nn.ModuleList([new nn.Linear(1, 1)]).append(new nn.Linear(1, 2)).length, 2);
});

test('losses as modules give what the functions give', async () => {
  const device = await testDevice();
  const x = tensor(device, [
    [1, 2, -1],
    [0.5, -2, 3],
  ]);
  const y = tensor(device, [
    [0, 1, 1],
    [1, 0, 0.5],
  ]);
  const label = tensor(device, Uint32Array.of(2, 0));
  const weight = tensor(device, [1, 2, 3]);
  const pairs: [nn.Module<readonly [x: Tensor, target: Tensor]>, Tensor, Tensor][] = [
    [new nn.CrossEntropyLoss(), label, F.crossEntropy(x, label)],
    [
      new nn.CrossEntropyLoss({ weight, labelSmoothing: 0.1 }),
      label,
      F.crossEntropy(x, label, { weight, labelSmoothing: 0.1 }),
    ],
    [new nn.NLLLoss({ reduction: 'sum' }), label, F.nllLoss(x, label, { reduction: 'sum' })],
    [new nn.MSELoss(), y, F.mseLoss(x, y)],
    [new nn.L1Loss({ reduction: 'none' }), y, F.l1Loss(x, y, { reduction: 'none' })],
    [new nn.SmoothL1Loss({ beta: 0.5 }), y, F.smoothL1Loss(x, y, { beta: 0.5 })],
    [new nn.BCEWithLogitsLoss({ posWeight: weight }), y, F.binaryCrossEntropyWithLogits(x, y, { posWeight: weight })],
  ];
  for (const [loss, target, expected] of pairs)
    assert.equal(await numbers(loss.forward(x, target)), await numbers(expected), String(loss));
  assert.is(
    String(new nn.CrossEntropyLoss({ weight, ignoreIndex: 1 })),
    'CrossEntropyLoss(weight=(3,), ignoreIndex=1)',
  );
});

test('a model prints as a tree with shapes and counts', () => {
  const model = new nn.Sequential(
    new nn.Conv2d(1, 8, [5, 3], { stride: 2 }),
    new nn.BatchNorm2d(8),
    new nn.Sequential(new nn.Flatten(), new nn.Linear(288, 10, { bias: false })),
  );
  assert.is(
    inspect(model),
    [
      'Sequential(                                       # 3,024 parameters',
      '  (0): Conv2d(1, 8, kernelSize=(5, 3), stride=2)  # weight (8, 1, 5, 3), bias (8,): 128',
      '  (1): BatchNorm2d(8, eps=1e-5, momentum=0.1)     # weight (8,), bias (8,): 16',
      '  (2): Sequential(                                # 2,880 parameters',
      '    (0): Flatten()',
      '    (1): Linear(288, 10, bias=false)              # weight (10, 288): 2,880',
      '  )',
      ')',
    ].join('\n'),
  );
  assert.is(inspect(new nn.Linear(2, 3).weight), 'parameter: (3, 2), on no device yet');
});

test('a model of one’s own is known by its name', async () => {
  const build = ({ height, width, classes }: nn.ModelInput): nn.Module =>
    new nn.Sequential(new nn.Flatten(), new nn.Linear(height * width, classes));
  nn.defineModel({ name: 'test_own', head: '1', build });
  assert.is(nn.createModel('test_own', { classes: 3 }).parameterCount(), 784 * 3 + 3);
  assert.is(nn.createModel('lenet5').parameterCount(), 61_706);
  assert.is(nn.modelSpec('test_own').minimumSize, 1);
  assert.ok(nn.models().some((m) => m.name === 'test_own') && !nn.MODELS.some((m) => m.name === 'test_own'));
  await fails(() => nn.defineModel({ name: 'test_own', head: '1', build }), UsageError, /"test_own" already/);
  await fails(() => nn.defineModel({ name: 'lenet5', head: '1', build }), UsageError, /"lenet5" already/);
  await fails(() => nn.defineModel({ name: '../x', head: '1', build }), UsageError, /cannot be a name/);
  await fails(() => nn.createModel('unknown'), UsageError, /there is no model "unknown"/);
});

test.run();
