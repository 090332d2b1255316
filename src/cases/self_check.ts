/**
 * A quick check of this adapter's arithmetic: the cases that are marked for it, forward and backward, against the
 * reference loops. `weft doctor` runs it.
 */
import { backward } from '../autograd/graph.js';
import type { Device } from '../device/device.js';
import type { Choice } from '../kernels/launch/family.js';
import type { HostTensor } from '../kernels/launch/host_tensor.js';
import { formatShape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { UNIT, drawTensor, seedOf, upload } from './draw.js';
import { opSpecs } from './index.js';
import { caseName, drawInputs, isDifferentiable, inputSpec, type OpCase, type OpSpec } from './spec.js';

export interface CheckResult {
  /**
   * `matmul (33, 47)`, `conv2d naive (3, 2, 13, 11)`, by the first input's shape, or `…, gradients`: the worst of those
   * of all inputs.
   */
  readonly name: string;
  /** Largest difference, relative to the largest magnitude of the reference. */
  readonly error: number;
  readonly passed: boolean;
}

/** f32 sums of a few hundred terms stay well below this. */
const TOLERANCE = 1e-4;

function compare(name: string, got: ArrayLike<number>, { data }: HostTensor): CheckResult {
  const largest = data.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-30);
  const worst = data.reduce((m, v, i) => Math.max(m, Number.isNaN(got[i]) ? Infinity : Math.abs(got[i] - v)), 0);
  return { name, error: worst / largest, passed: worst / largest < TOLERANCE };
}

async function check(device: Device, spec: OpSpec, c: OpCase<unknown>): Promise<CheckResult[]> {
  const member = (c.args as { readonly choice?: Choice } | null)?.choice?.variant;
  const name = [spec.op, ...(member === undefined ? [] : [member]), formatShape(c.shapes[0])].join(' ');
  const inputs = drawInputs(spec, c);
  const loops = spec.cpuBackward;
  const tensors = inputs.map((x, i) =>
    upload(device, x, inputSpec(spec, i).dtype, loops !== undefined && isDifferentiable(spec, i)),
  );
  const y = spec.gpu(tensors, c.args);
  const results = [compare(name, await y.read(), spec.cpu(inputs, c.args))];
  if (loops === undefined) return results;
  const dy = drawTensor(y.shape, UNIT, seedOf(caseName(spec, c)));
  backward(y, upload(device, dy));
  const expected = loops(dy, inputs, c.args);
  const gradients: CheckResult[] = [];
  for (const [i, t] of tensors.entries())
    if (isDifferentiable(spec, i))
      gradients.push(compare(`${name}, gradients`, await (t.grad as Tensor).read(), expected[i]));
  // A NaN is worse than any number.
  const worst = gradients.find((g) => Number.isNaN(g.error)) ?? gradients.sort((a, b) => b.error - a.error)[0];
  return [...results, worst];
}

/** Runs the marked cases one after the other. Inputs are drawn from fixed seeds. */
export async function selfCheck(device: Device, specs: readonly OpSpec[] = opSpecs): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const spec of specs) {
    for (const c of spec.cases) if (c.selfCheck) results.push(...(await check(device, spec, c)));
  }
  return results;
}
