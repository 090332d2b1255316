/** Measures the variants of one problem: each must agree with the reference first. A wrong one gets no number. */
import type { Device } from '../../src/device/device.js';
import { GpuError } from '../../src/device/errors.js';
import type { HostTensor } from '../../src/kernels/launch/host_tensor.js';
import { noGrad } from '../../src/autograd/graph.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { expectClose } from '../../src/cases/close.js';
import { upload } from '../../src/cases/draw.js';
import { percentOfRoof, type Roofs } from '../../src/measure/roofs.js';
import type { KernelRow } from '../shared/document.js';
import type { Input, Problem, Variant } from './problem.js';
import { commandsOf, gpuTime, isNoisy, wallTime } from '../../src/measure/timing.js';

/** The reference loops run again while they are quick: the first run of a function is slow in any JavaScript engine. */
const REFERENCE_RUNS = 3;
const QUICK_MILLISECONDS = 100;

interface Reference {
  readonly expected: HostTensor;
  readonly ms: number;
}

function runReference(problem: Problem, inputs: readonly HostTensor[]): Reference {
  let expected: HostTensor | null = null;
  let ms = Infinity;
  for (let run = 0; run === 0 || (run < REFERENCE_RUNS && ms < QUICK_MILLISECONDS); run++) {
    const started = performance.now();
    expected = problem.reference(inputs);
    ms = Math.min(ms, performance.now() - started);
  }
  return { expected: expected as HostTensor, ms };
}

/** A problem's inputs on the GPU. */
class Bench {
  readonly problem: Problem;
  readonly inputs: readonly Input[];
  readonly tensors: readonly Tensor[];

  constructor(device: Device, problem: Problem) {
    this.problem = problem;
    this.inputs = problem.inputs();
    this.tensors = this.inputs.map(({ x, dtype }) => upload(device, x, dtype));
  }

  get host(): HostTensor[] {
    return this.inputs.map((i) => i.x);
  }

  async answer(variant: Variant): Promise<{ shape: readonly number[]; data: ArrayLike<number> }> {
    const y = noGrad(() => variant.run(this.tensors));
    const data = await y.read();
    if (!this.tensors.some((t) => t.storage === y.storage)) y.storage.release();
    return { shape: y.shape, data };
  }

  release(): void {
    for (const t of this.tensors) t.storage.release();
  }
}

function compare(
  problem: Problem,
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  shape: readonly number[],
): void {
  expectClose({
    op: problem.name,
    argument: 'y',
    got,
    expected,
    shape,
    tolerance: problem.tolerance,
    pair: 'GPU with CPU',
    label: problem.name,
  });
}

/** Operations, or bytes where there are none: what the time of the reference loops grows with. */
function workOf(problem: Problem, y: readonly number[]): number {
  return problem.flops > 0 ? problem.flops : problem.bytes(y);
}

export interface MeasureOptions {
  /** For each row; half of it for each clock. */
  readonly seconds: number;
  readonly roofs: Roofs;
}

/** Measures every variant; `onRow` is told of each as it is done. */
export async function measureProblem(
  device: Device,
  problem: Problem,
  options: MeasureOptions,
  onRow: (row: KernelRow) => void = () => {},
): Promise<KernelRow[]> {
  const full = new Bench(device, problem);
  const validated = problem.small === null ? full : new Bench(device, problem.small);
  const reference = runReference(validated.problem, validated.host);
  const scale = problem.small === null ? 1 : workOf(problem, []) / workOf(problem.small, reference.expected.shape);
  const referenceMs = reference.ms * scale;
  /** On the whole problem, where the reference is too slow: what the first valid member said. */
  let agreed: ArrayLike<number> | null = problem.small === null ? reference.expected.data : null;
  const rows: KernelRow[] = [];
  for (const [i, variant] of problem.variants.entries()) {
    let row: KernelRow;
    const head = {
      name: problem.name,
      variant: variant.name,
      constants: variant.constants,
      validatedWith: problem.small === null ? 'reference' : 'small',
      flops: problem.flops,
      referenceMs,
      referenceScaled: scale !== 1,
    } as const;
    try {
      if (problem.small !== null)
        compare(
          problem.small,
          (await validated.answer(problem.small.variants[i])).data,
          reference.expected.data,
          reference.expected.shape,
        );
      const y = await full.answer(variant);
      compare(problem, y.data, (agreed ??= y.data), y.shape);
      row = { ...head, ...(await timeVariant(device, problem, variant, full.tensors, y.shape, options)) };
      row = { ...row, speedup: row.ms === null || row.gbs === null ? null : referenceMs / row.ms };
    } catch (error) {
      // the device is lost: nothing more can be measured
      if (error instanceof GpuError || !(error instanceof Error)) throw error;
      row = { ...head, ...NO_TIMES, valid: false, bytes: 0, error: error.message };
    }
    rows.push(row);
    onRow(row);
  }
  for (const bench of new Set([full, validated])) bench.release();
  return rows;
}

const NO_TIMES = {
  clock: null,
  ms: null,
  p20: null,
  p80: null,
  noisy: false,
  wallMs: null,
  wallP20: null,
  wallP80: null,
  dispatches: null,
  transfers: null,
  gflops: null,
  gbs: null,
  percentOfRoof: null,
  speedup: null,
} as const;

async function timeVariant(
  device: Device,
  problem: Problem,
  variant: Variant,
  inputs: readonly Tensor[],
  shape: readonly number[],
  { seconds, roofs }: MeasureOptions,
) {
  const body = (): void => void noGrad(() => (variant.timed ?? variant.run)(inputs));
  const wall = await wallTime(device, body, { seconds: seconds / 2 });
  const { dispatches, transfers } = commandsOf(device, body);
  // Copies and clears have no timestamps: a sum over the dispatches alone would flatter.
  const gpu = transfers > 0 ? null : await gpuTime(device, body, { seconds: seconds / 2 });
  const time = gpu ?? wall;
  const bytes = problem.bytes(shape);
  const ms = time.median;
  const isView = dispatches + transfers === 0; // nothing runs on the GPU
  return {
    valid: true,
    error: null,
    clock: gpu === null ? ('wall' as const) : ('gpu' as const),
    ms,
    p20: time.p20,
    p80: time.p80,
    noisy: isNoisy(time),
    wallMs: wall.median,
    wallP20: wall.p20,
    wallP80: wall.p80,
    dispatches,
    transfers,
    bytes,
    gflops: problem.flops > 0 && !isView ? problem.flops / ms / 1e6 : null,
    gbs: isView ? null : bytes / ms / 1e6,
    percentOfRoof: isView ? null : percentOfRoof(roofs, problem.flops, bytes, ms),
    speedup: null,
  };
}
