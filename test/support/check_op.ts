/** Checks of one case of one op: forward and gradients against the reference, and both against PyTorch's numbers. */
import './worst_errors.js';
import { autocast } from '../../src/autograd/autocast.js';
import { backward } from '../../src/autograd/graph.js';
import { cast } from '../../src/autograd/ops/index.js';
import type { Device } from '../../src/device/device.js';
import { cast as castKernel, type FloatType } from '../../src/kernels/elementwise/cast.js';
import { cast as rounded } from '../../src/kernels/elementwise/cast_reference.js';
import type { HostTensor } from '../../src/kernels/launch/host_tensor.js';
import { convertLayout } from '../../src/kernels/layout/convert.js';
import { FOURS, fitsLayout, plainLayout } from '../../src/tensor/layout.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { expectClose, largest, type Pair } from '../../src/cases/close.js';
import type { GoldenCase } from './golden.js';
import { UNIT, drawTensor, seedOf, upload } from '../../src/cases/draw.js';
import { directional, partial, randomDirection, sampleElements } from './numeric_gradient.js';
import {
  caseName,
  drawInputs as drawnInputs,
  inputSpec,
  isDifferentiable,
  type OpCase,
  type OpSpec,
} from '../../src/cases/spec.js';

/** Elements of which the partial derivative is taken; a direction in which every element counts is taken as well. */
const SAMPLES = 12;
/** Of large tensors fewer are taken: each costs two runs of the reference. */
const LARGE = 10000;
const LARGE_SAMPLES = 3;

/** Which inputs are stored as f16, and what is then allowed; the op runs inside `autocast`. */
export interface Halves {
  readonly has: (i: number) => boolean;
  readonly tolerance: number;
}

/** Where inputs are halves, the reference sees the rounded numbers too. */
function drawInputs(spec: OpSpec, c: OpCase<unknown>, halves: Halves | null = null): HostTensor[] {
  return drawnInputs(spec, c).map((x, i) => (isHalf(spec, i, halves) ? rounded(x, 'f16') : x));
}

const isHalf = (spec: OpSpec, i: number, halves: Halves | null): boolean =>
  halves !== null && inputSpec(spec, i).dtype !== 'u32' && halves.has(i);

/** Runs the op on the GPU; inputs stay f32 leaves, what it is given of them are halves. */
function runOnGpu(spec: OpSpec, tensors: readonly Tensor[], args: unknown, halves: Halves | null): Tensor {
  if (halves === null) return spec.gpu(tensors, args);
  return autocast(() =>
    spec.gpu(
      tensors.map((t, i) => (isHalf(spec, i, halves) ? cast(t, 'f16') : t)),
      args,
    ),
  );
}

function uploadAll(
  device: Device,
  spec: OpSpec,
  inputs: readonly HostTensor[],
  requiresGrad: boolean,
  fours = false,
): Tensor[] {
  return inputs.map((x, i) => {
    const t = upload(device, x, inputSpec(spec, i).dtype);
    const placed = fours ? inFours(t) : t;
    placed.requiresGrad = requiresGrad && isDifferentiable(spec, i);
    return placed;
  });
}

const canBeFours = ({ shape }: Tensor): boolean => fitsLayout(FOURS, shape) && plainLayout(FOURS, shape) === FOURS;

const inFours = (t: Tensor): Tensor => (canBeFours(t) ? convertLayout(t, FOURS) : t);

function expectFours(op: string, argument: string, label: string, t: Tensor): void {
  if (canBeFours(t) && t.layout !== FOURS)
    throw new Error(`[${op}] ${argument} (${label}) lies in ${t.layout.kind}, expected fours`);
}

function expectShape(
  op: string,
  argument: string,
  label: string,
  got: readonly number[],
  expected: readonly number[],
): void {
  if (got.join() !== expected.join())
    throw new Error(`[${op}] ${argument} (${label}) has shape (${got.join(', ')}), expected (${expected.join(', ')})`);
}

const toleranceOf = (spec: OpSpec, halves: Halves | null): number | undefined =>
  halves === null ? spec.tolerance : Math.max(halves.tolerance, spec.tolerance ?? 0);

/** The GPU's y, which is returned, against the reference's. */
export async function checkForward(
  device: Device,
  spec: OpSpec,
  c: OpCase<unknown>,
  halves: Halves | null = null,
): Promise<Tensor> {
  const inputs = drawInputs(spec, c, halves);
  const y = runOnGpu(spec, uploadAll(device, spec, inputs, false, c.fours), c.args, halves);
  const expected = spec.cpu(inputs, c.args);
  const label = caseName(spec, c);
  expectShape(spec.op, 'y', label, y.shape, expected.shape);
  if (c.fours) expectFours(spec.op, 'y', label, y);
  const common = { op: spec.op, tolerance: toleranceOf(spec, halves), pair: 'GPU with CPU', label } as const;
  expectClose({ ...common, argument: 'y', got: await y.read(), expected: expected.data, shape: expected.shape });
  return y;
}

/** The GPU's gradients for a random dy against the reference's: its own loops, or central differences. */
export async function checkGradients(
  device: Device,
  spec: OpSpec,
  c: OpCase<unknown>,
  halves: Halves | null = null,
): Promise<void> {
  const inputs = drawInputs(spec, c, halves);
  const tensors = uploadAll(device, spec, inputs, true, c.fours);
  const y = runOnGpu(spec, tensors, c.args, halves);
  const label = caseName(spec, c);
  const seed = seedOf(label);
  const drawn = drawTensor(y.shape, UNIT, seed);
  const dy = y.dtype === 'f16' ? rounded(drawn, 'f16') : drawn;
  const seedOnGpu = castKernel(upload(device, dy), y.dtype as FloatType);
  backward(y, c.fours ? inFours(seedOnGpu) : seedOnGpu);
  const loops = spec.cpuBackward?.(dy, inputs, c.args);
  for (const [i, t] of tensors.entries()) {
    if (!isDifferentiable(spec, i)) continue;
    const got = await gradientOf(spec, t, i, label);
    if (c.fours && t.layout === FOURS && t.grad !== null)
      expectFours(spec.op, `d${inputSpec(spec, i).name}`, label, t.grad);
    const common = {
      op: spec.op,
      argument: `d${inputSpec(spec, i).name}`,
      shape: t.shape,
      tolerance: toleranceOf(spec, halves),
      pair: 'GPU with CPU',
      label,
    } as const;
    if (loops !== undefined) expectClose({ ...common, got, expected: loops[i].data });
    else expectNumericGradient(spec, c.args, inputs, dy, i, got, common);
  }
}

async function gradientOf(spec: OpSpec, t: Tensor, i: number, label: string): Promise<ArrayLike<number>> {
  if (t.grad === null) throw new Error(`[${spec.op}] ${inputSpec(spec, i).name} (${label}) got no gradient`);
  expectShape(spec.op, `d${inputSpec(spec, i).name}`, label, t.grad.shape, t.shape);
  return t.grad.read();
}

/** Samples are measured by the whole gradient's largest magnitude; the direction by the sum of all magnitudes. */
function expectNumericGradient(
  spec: OpSpec,
  args: unknown,
  inputs: readonly HostTensor[],
  dy: HostTensor,
  which: number,
  got: ArrayLike<number>,
  common: { op: string; argument: string; tolerance: number | undefined; pair: Pair; label: string },
): void {
  const size = got.length;
  if (size === 0) return;
  const f = (moved: readonly HostTensor[]): HostTensor => spec.cpu(moved, args);
  const seed = seedOf(common.label) + which;
  const samples = sampleElements(size, dy.data.length + size > LARGE ? LARGE_SAMPLES : SAMPLES, seed);
  const expected = samples.map((e) => partial(f, inputs, dy, which, e).slope);
  expectClose({ ...common, got: samples.map((e) => got[e]), expected, scale: largest(got) });
  const direction = randomDirection(size, seed);
  const terms = Array.from(direction, (v, e) => v * got[e]);
  const along = terms.reduce((s, v) => s + v, 0);
  const { slope } = directional(f, inputs, dy, which, direction);
  expectClose({ ...common, got: [along], expected: [slope], scale: terms.reduce((s, v) => s + Math.abs(v), 0) });
}

/** The GPU's y and gradients against PyTorch's. */
export async function checkAgainstTorch(device: Device, spec: OpSpec, g: GoldenCase): Promise<void> {
  const tensors = uploadAll(device, spec, g.inputs, g.dy !== null);
  for (const [i, d] of g.gradients.entries()) if (d === null) tensors[i].requiresGrad = false;
  const y = spec.gpu(tensors, g.args);
  const common = { op: spec.op, tolerance: spec.tolerance, pair: 'GPU with PyTorch', label: g.name } as const;
  expectShape(spec.op, 'y', g.name, y.shape, g.y.shape);
  expectClose({ ...common, argument: 'y', got: await y.read(), expected: g.y.data, shape: g.y.shape });
  if (g.dy === null) return;
  backward(y, upload(device, g.dy));
  for (const [i, d] of g.gradients.entries()) {
    if (d === null) continue;
    const got = await gradientOf(spec, tensors[i], i, g.name);
    expectClose({ ...common, argument: `d${inputSpec(spec, i).name}`, got, expected: d.data, shape: d.shape });
  }
}

/**
 * The numbers are stored as f32; and where a second derivative jumps (elu at 0), central differences are off by their
 * step.
 */
const ROUNDING = 3e-6;

/**
 * The reference's y and gradients against PyTorch's. Elements on a kink, where central differences mean nothing, are
 * left out.
 */
export function checkReferenceAgainstTorch(spec: OpSpec, g: GoldenCase): void {
  const y = spec.cpu(g.inputs, g.args);
  const common = { op: spec.op, tolerance: ROUNDING, pair: 'CPU with PyTorch', label: g.name } as const;
  expectClose({ ...common, argument: 'y', got: y.data, expected: g.y.data, shape: g.y.shape });
  if (g.dy === null) return;
  const dy = g.dy;
  const loops = spec.cpuBackward?.(dy, g.inputs, g.args);
  for (const [i, d] of g.gradients.entries()) {
    if (d === null) continue;
    const argument = `d${inputSpec(spec, i).name}`;
    if (loops !== undefined) {
      expectClose({ ...common, argument, got: loops[i].data, expected: d.data, shape: d.shape });
      continue;
    }
    const partials = Array.from(d.data, (_, e) => partial((moved) => spec.cpu(moved, g.args), g.inputs, dy, i, e));
    const smooth = partials.flatMap(({ isSmooth }, e) => (isSmooth ? [e] : []));
    expectClose({
      ...common,
      argument,
      got: smooth.map((e) => partials[e].slope),
      expected: smooth.map((e) => d.data[e]),
    });
  }
}

/** The reference's own backward loops against central differences of its forward. */
export function checkReferenceGradients(spec: OpSpec, c: OpCase<unknown>): void {
  const inputs = drawInputs(spec, c);
  const dy = drawTensor(spec.cpu(inputs, c.args).shape, UNIT, seedOf(caseName(spec, c)));
  const loops = spec.cpuBackward?.(dy, inputs, c.args);
  for (const [i, d] of (loops ?? []).entries()) {
    if (!isDifferentiable(spec, i)) continue;
    const argument = `d${inputSpec(spec, i).name}`;
    const common = {
      op: spec.op,
      argument,
      tolerance: ROUNDING,
      pair: 'CPU with central differences',
      label: caseName(spec, c),
    } as const;
    expectNumericGradient(spec, c.args, inputs, dy, i, d.data, common);
  }
}
