import * as assert from 'uvu/assert';
import { expectClose } from '../../src/cases/close.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';
import type { Device } from '../../src/device/device.js';
import { conv2dGeometry, type Conv2dGeometry, type Conv2dOptions } from '../../src/kernels/conv2d/geometry.js';
import {
  conv2d,
  conv2dBackwardBias,
  conv2dBackwardInput,
  conv2dBackwardWeight,
  conv2dEpilogue,
} from '../../src/kernels/conv2d/reference.js';
import { thinForward } from '../../src/kernels/conv2d_thin/forward.js';
import { canThinInput, thinBackwardInput } from '../../src/kernels/conv2d_thin/input.js';
import { thinBackwardParameters } from '../../src/kernels/conv2d_thin/weight.js';
import { cast, type FloatType } from '../../src/kernels/elementwise/cast.js';
import type { HostTensor } from '../../src/kernels/launch/host_tensor.js';
import type { FusedActivation } from '../../src/kernels/matmul/product.js';
import '../../src/kernels/layout/convert.js';
import { FOURS, ROWS } from '../../src/tensor/layout.js';
import { zeros, type Tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';

const test = gpuSuite('conv2d_thin');

interface Case {
  readonly name: string;
  readonly x: readonly [number, number, number, number];
  readonly w: readonly [number, number, number, number];
  readonly options?: Conv2dOptions;
}

/** Rows of whole fours, of twos, odd; blocks that end within a row; windows and steps of all kinds. */
const cases: readonly Case[] = [
  { name: 'one channel', x: [3, 1, 8, 8], w: [8, 1, 3, 3], options: { padding: 1 } },
  { name: 'rows of twos, no padding', x: [2, 6, 14, 14], w: [16, 6, 5, 5] },
  { name: 'odd rows', x: [2, 3, 9, 11], w: [8, 3, 3, 3], options: { padding: 1 } },
  { name: 'few channels out, whole fours', x: [2, 1, 12, 8], w: [6, 1, 5, 5], options: { padding: 2 } },
  { name: 'odd channels out, odd rows', x: [2, 2, 7, 9], w: [5, 2, 3, 2], options: { padding: [1, 0] } },
  { name: 'stride', x: [2, 3, 16, 15], w: [12, 3, 7, 7], options: { padding: 3, stride: 2 } },
  { name: 'stride past the window', x: [2, 1, 9, 13], w: [4, 1, 2, 2], options: { stride: 3 } },
  { name: 'stride 2, window 3', x: [1, 3, 12, 12], w: [20, 3, 3, 3], options: { stride: 2 } },
  { name: 'stride of one side', x: [2, 1, 6, 10], w: [4, 1, 3, 3], options: { stride: [1, 2], padding: [2, 1] } },
  { name: 'dilation', x: [2, 3, 13, 11], w: [10, 3, 3, 5], options: { padding: [2, 1], dilation: [2, 1] } },
  { name: 'dilated columns', x: [2, 2, 6, 12], w: [4, 2, 2, 3], options: { dilation: [1, 2], padding: 2 } },
  { name: 'groups', x: [2, 6, 6, 8], w: [8, 3, 3, 3], options: { groups: 2, padding: 1 } },
  { name: 'groups that are no fours', x: [2, 6, 6, 7], w: [6, 3, 3, 3], options: { groups: 2, padding: 1 } },
  { name: 'depthwise', x: [2, 5, 7, 8], w: [5, 1, 3, 3], options: { groups: 5, padding: 1 } },
  { name: 'depthwise, two of each', x: [2, 3, 6, 9], w: [6, 1, 3, 3], options: { groups: 3, padding: 1 } },
  { name: 'one column', x: [4, 1, 20, 1], w: [4, 1, 5, 1], options: { padding: [2, 0] } },
  { name: 'one pixel', x: [5, 3, 1, 1], w: [7, 3, 1, 1] },
];

const members = ['thin_subgroup', 'thin_register'];

interface Problem {
  readonly g: Conv2dGeometry;
  readonly args: Parameters<typeof conv2d>[3];
  readonly x: HostTensor;
  readonly w: HostTensor;
  readonly bias: HostTensor;
  readonly dy: HostTensor;
}

function problem({ x, w, options }: Case): Problem {
  const g = conv2dGeometry(x, w, options);
  const [hx, hw, bias] = [x, w, [g.O]].map((shape, i) => drawTensor(shape, UNIT, i));
  const args = { stride: g.stride, padding: g.padding, dilation: g.dilation, groups: g.groups };
  return { g, args, x: hx, w: hw, bias, dy: drawTensor([g.N, g.O, g.oH, g.oW], UNIT, 7) };
}

async function expectTensor(
  argument: string,
  got: Tensor,
  { shape, data }: HostTensor,
  label: string,
  tolerance?: number,
): Promise<void> {
  const pair = 'GPU with CPU';
  expectClose({ op: 'conv2d', argument, got: await got.read(), expected: data, shape, pair, label, tolerance });
}

const stored = (device: Device, x: HostTensor, dtype: FloatType): Tensor => cast(upload(device, x), dtype);

const HALF_TOLERANCE = 2e-3;

async function checkForward(device: Device, c: Case, variant: string, dtype: FloatType, fours: number): Promise<void> {
  const { g, args, ...host } = problem(c);
  const tolerance = dtype === 'f16' ? HALF_TOLERANCE : undefined;
  const label = `${c.name}, ${variant}, ${dtype}, ${fours}`;
  const [x, w, bias] = [stored(device, host.x, dtype), upload(device, host.w), upload(device, host.bias)];
  const choice = { variant, FOURS: fours };
  const y = thinForward(choice, g, x, w, { bias: null, residual: null, activation: null });
  assert.is(y.layout === FOURS, (g.O / g.groups) % 4 === 0 && g.oH * g.oW > 1, label);
  await expectTensor('y', y, conv2d(host.x, host.w, null, args), label, tolerance);
  const activation: FusedActivation = 'relu';
  const residual = stored(device, host.dy, dtype);
  const all = thinForward(choice, g, x, w, { bias, residual, activation });
  const sum = conv2d(host.x, host.w, host.bias, args);
  await expectTensor('y', all, conv2dEpilogue(sum, host.dy, { activation }), `${label}, epilogue`, tolerance);
}

async function checkGradients(device: Device, c: Case, dtype: FloatType, fours: number): Promise<void> {
  const { g, args, ...host } = problem(c);
  const tolerance = dtype === 'f16' ? HALF_TOLERANCE : undefined;
  const label = `${c.name}, ${dtype}, ${fours}`;
  const [x, w, dy] = [stored(device, host.x, dtype), upload(device, host.w), stored(device, host.dy, dtype)];
  const { dw, dbias } = thinBackwardParameters({ variant: 'thin', FOURS: fours }, g, x, dy, true);
  await expectTensor('dw', dw, conv2dBackwardWeight(host.x, host.dy, host.w.shape, args), label, tolerance);
  assert.ok(dbias);
  await expectTensor('dbias', dbias, conv2dBackwardBias(host.dy), label, tolerance);
  if (!canThinInput(g)) return;
  const dx = conv2dBackwardInput(host.dy, host.w, host.x.shape, args);
  const variant = members[g.C % 2];
  await expectTensor('dx', thinBackwardInput({ variant }, g, dy, w), dx, `${label}, ${variant}`, tolerance);
}

test('every member makes y', async () => {
  const device = await testDevice();
  for (const [i, c] of cases.entries()) await checkForward(device, c, members[i % 2], 'f32', 2);
  await checkForward(device, cases[1], members[0], 'f32', 4);
});

test('gradients', async () => {
  const device = await testDevice();
  for (const c of cases) await checkGradients(device, c, 'f32', 1);
  await checkGradients(device, cases[0], 'f32', 2);
});

test('halves', async () => {
  const device = await testDevice();
  if (!device.features.has('shader-f16')) return;
  for (const c of [cases[1], cases[4]]) {
    await checkForward(device, c, members[0], 'f16', 2);
    await checkGradients(device, c, 'f16', 1);
  }
});

test('images past the binding limit are worked on in windows', async () => {
  // a GPU's parts of dw are of 64 threads, not of 8
  const maxBindingBytes = (await testDevice()).adapter.isSoftware ? 32768 : 65536;
  await withDevice({ maxBindingBytes }, async (device) => {
    const c: Case = { name: 'windows', x: [37, 1, 8, 8], w: [8, 1, 3, 3], options: { padding: 1 } };
    await checkForward(device, c, members[0], 'f32', 2);
    await checkGradients(device, c, 'f32', 1);
  });
});

test('gradients of parameters are written where they are asked for, without a bias too', async () => {
  const device = await testDevice();
  const { g, args, ...host } = problem(cases[0]);
  const [x, dy] = [upload(device, host.x), upload(device, host.dy)];
  const [dw, dbias] = [zeros(device, host.w.shape), zeros(device, [g.O])];
  const choice = { variant: 'thin' };
  const placed = thinBackwardParameters(choice, g, x, dy, true, { dw, dbias });
  assert.is(placed.dw, dw);
  assert.is(placed.dbias, dbias);
  const expected = conv2dBackwardWeight(host.x, host.dy, host.w.shape, args);
  await expectTensor('dw', dw, expected, 'placed');
  const without = thinBackwardParameters(choice, g, x, dy, false);
  assert.is(without.dbias, null);
  await expectTensor('dw', without.dw, expected, 'without a bias');
});

test('a number of x that is not one reaches only what sees it', async () => {
  const device = await testDevice();
  const { g, ...host } = problem(cases[2]);
  host.x.data[0] = NaN; // the corner of image 0
  const [x, w] = [upload(device, host.x), upload(device, host.w)];
  const y = thinForward({ variant: members[0], FOURS: 2 }, g, x, w, { bias: null, residual: null, activation: null });
  const bad = [...(await y.as(ROWS).read())].flatMap((v, i) => (Number.isNaN(v) ? [i % (g.oH * g.oW)] : []));
  assert.equal([...new Set(bad)], [0, 1, g.oW, g.oW + 1]);
  assert.is(bad.length, 4 * g.O);
});

test.run();
