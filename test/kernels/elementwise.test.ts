import * as ops from '../../src/autograd/ops/index.js';
import { UNARY, type UnaryName } from '../../src/kernels/elementwise/unary_table.js';
import { BINARY, type BinaryName } from '../../src/kernels/elementwise/binary_table.js';
import { LOSSES } from '../../src/kernels/loss/loss_table.js';
import { tensor, type Tensor } from '../../src/tensor/tensor.js';
import { expectSame } from '../../src/cases/close.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('elementwise');

const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** An exported op by its row's name. */
function exported(name: string): (...operands: Tensor[]) => Tensor {
  const found = (ops as unknown as Record<string, ((...operands: Tensor[]) => Tensor) | undefined>)[camelCase(name)];
  if (found === undefined) throw new Error(`no function ${camelCase(name)} is exported for the row ${name}`);
  return found;
}

test('every row has a function of its name, with the row’s defaults', async () => {
  const device = await testDevice();
  const [a, b] = [tensor(device, [-2.5, -0.5, 0.5, 2.5]), tensor(device, [3, -0.5, 2, 0.5])];
  const own = new Set(['clamp', 'gelu_tanh']); // clamp wants a bound; the other is gelu(x, 'tanh')
  for (const name of Object.keys(UNARY).filter((n) => !own.has(n)))
    expectSame(name, 'y', await exported(name)(a).read(), await ops.elementwise(name as UnaryName, a).read());
  for (const name of Object.keys(BINARY).filter((n) => !(n in LOSSES)))
    expectSame(name, 'y', await exported(name)(a, b).read(), await ops.elementwise2(name as BinaryName, a, b).read());
});

test('functions take their arguments in the order of their names', async () => {
  const x = tensor(await testDevice(), [-2.5, -0.5, 0.5, 2.5]);
  const expectArgs = async (name: UnaryName, got: Tensor, args: Record<string, number>): Promise<void> =>
    expectSame(name, 'y', await got.read(), await ops.elementwise(name, x, args).read());
  await expectArgs('leaky_relu', ops.leakyRelu(x, 0.3), { negativeSlope: 0.3 });
  await expectArgs('elu', ops.elu(x, 0.7), { alpha: 0.7 });
  await expectArgs('hardtanh', ops.hardtanh(x, -2, 0.25), { min: -2, max: 0.25 });
  await expectArgs('clamp', ops.clamp(x, { min: -2, max: 0.25 }), { min: -2, max: 0.25 });
  await expectArgs('gelu_tanh', ops.gelu(x, 'tanh'), {});
});

test('a number stands for a tensor of it, on either side', async () => {
  const x = tensor(await testDevice(), [1, -2, 4]);
  expectSame('sub', 'y', await ops.sub(x, 1).read(), [0, -3, 3]);
  expectSame('sub', 'y', await ops.sub(1, x).read(), [0, 3, -3]);
});

test.run();
