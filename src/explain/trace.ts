/**
 * One training step from the inside: every op, forward and backward, and every kernel that each records, with shapes,
 * bytes, time on the GPU, and the memory that is in use.
 */
import { backward, observeBackward, observeOps } from '../autograd/graph.js';
import { crossEntropy } from '../autograd/ops/index.js';
import type { Device } from '../device/device.js';
import { UsageError } from '../device/errors.js';
import type { BufferRange } from '../device/kernel.js';
import { observeLaunches } from '../device/launches.js';
import { rand, randint } from '../kernels/random/random.js';
import { buildModel, type ModelInput } from '../nn/models/registry.js';
import type { Module } from '../nn/module.js';
import { Adam } from '../optim/optim.js';
import type { Tensor } from '../tensor/tensor.js';

/** In which part of a step something happens. */
export type Phase = 'forward' | 'backward' | 'optimizer';

/** One launch of a kernel. */
export interface TracedLaunch {
  readonly kernel: string;
  readonly workgroups: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** On the GPU; null where the adapter has no timestamps. */
  readonly milliseconds: number | null;
  /** Bytes that hold what this launch or a later one reads, or what it writes. */
  readonly bytesInUse: number;
  /** The op that recorded it: an index into `ops`. */
  readonly op: number;
}

/** An op, forward or backward, or the optimizer's step. */
export interface TracedOp {
  readonly name: string;
  readonly phase: Phase;
  readonly inputs: readonly (readonly number[])[];
  /** Of backward: the gradients, null where none is asked for. */
  readonly outputs: readonly (readonly number[] | null)[];
  /** Its inputs in forward: numbers of `values`. Empty elsewhere. */
  readonly from: readonly number[];
  /** Its output in forward: a number of `values`. */
  readonly to: number | null;
  /** Of backward: the number of the value whose gradient arrived. */
  readonly of: number | null;
}

/** A tensor of forward: an input, a parameter, or what an op made. */
export interface TracedValue {
  readonly shape: readonly number[];
  /** Of a parameter: its name in the state dict. `x` and `label`: the batch. */
  readonly name: string | null;
  readonly needsGradient: boolean;
}

export interface StepTrace {
  readonly ops: readonly TracedOp[];
  readonly launches: readonly TracedLaunch[];
  readonly values: readonly TracedValue[];
  /** The launch at which most memory is in use. */
  readonly peak: number;
}

interface Recorded {
  readonly kernel: string;
  readonly workgroups: number;
  readonly reads: readonly BufferRange[];
  readonly writes: readonly BufferRange[];
  op: number;
}

/**
 * Traces the second of two training steps (cross-entropy, Adam): the first one compiles, and makes what is made once.
 * @throws UsageError for an unknown model; ShapeError for images that are too small for it.
 */
export async function traceStep(device: Device, name: string, input: ModelInput, batch: number): Promise<StepTrace> {
  const model = buildModel(name, input).to(device, { seed: 0 });
  const optimizer = new Adam(model);
  const x = rand(device, [batch, input.channels, input.height, input.width]);
  const label = randint(device, 0, input.classes, [batch]);
  const step = (): void => {
    optimizer.zeroGrad();
    backward(crossEntropy(model.forward(x), label));
    optimizer.step();
  };
  try {
    device.step(step);
    await device.sync();
    const notes = new Notes(model, x, label);
    const times = await timed(device, () => device.step(() => notes.during(step)));
    return notes.trace(times);
  } finally {
    model.release();
    for (const t of [x, label]) t.release();
  }
}

/** Milliseconds of each launch in turn, by kernel; nothing where the adapter has no timestamps. */
async function timed(device: Device, body: () => void): Promise<ReadonlyMap<string, readonly number[]>> {
  if (!device.features.has('timestamp-query')) {
    body();
    await device.sync();
    return new Map();
  }
  return new Map((await device.profile(body)).map(({ label, times }) => [label, times]));
}

/** What is noted while a step runs. */
class Notes {
  readonly #ops: TracedOp[] = [];
  readonly #launches: Recorded[] = [];
  readonly #values: TracedValue[] = [];
  readonly #numbers = new Map<Tensor, number>();
  readonly #names: ReadonlyMap<Tensor, string>;
  /** Launches that belong to no op yet. */
  #unclaimed = 0;

  constructor(model: Module, x: Tensor, label: Tensor) {
    const parameters = [...model.namedParameters()].map(([name, p]) => [p.value, name] as const);
    this.#names = new Map([...parameters, [x, 'x'], [label, 'label']]);
  }

  during(step: () => void): void {
    observeLaunches(
      ({ name, bindings }, { buffers, workgroups }) => {
        const kinds = bindings.filter((kind) => kind !== 'params');
        const of = (kind: string): BufferRange[] => buffers.filter((_, i) => kinds[i] === kind);
        this.#launches.push({ kernel: name, workgroups, reads: of('read'), writes: of('write'), op: -1 });
      },
      () => observeOps(this.#forward, () => observeBackward(this.#backward, step)),
    );
    this.#claim({ name: 'optimizer', phase: 'optimizer', inputs: [], outputs: [], from: [], to: null, of: null });
  }

  readonly #forward = (name: string, inputs: readonly Tensor[], output: Tensor): void => {
    this.#claim({
      name,
      phase: 'forward',
      inputs: inputs.map((t) => t.shape),
      outputs: [output.shape],
      from: inputs.map((t) => this.#numberOf(t)),
      to: this.#numberOf(
        output,
        inputs.some((t) => t.requiresGrad),
      ),
      of: null,
    });
  };

  readonly #backward = (
    name: string,
    inputs: readonly Tensor[],
    dy: Tensor,
    gradients: readonly (Tensor | null)[],
  ): void => {
    const forward = this.#ops.find((op) => op.phase === 'forward' && sameInputs(op, inputs, this.#numbers));
    this.#claim({
      name,
      phase: 'backward',
      inputs: [dy.shape],
      outputs: gradients.map((g) => g?.shape ?? null),
      from: [],
      to: null,
      of: forward?.to ?? null,
    });
  };

  /** What was recorded since the op before is this one's. */
  #claim(op: TracedOp): void {
    const number = this.#ops.push(op) - 1;
    for (; this.#unclaimed < this.#launches.length; this.#unclaimed++) this.#launches[this.#unclaimed].op = number;
  }

  /** @param needsGradient of what an op has just made: it is not marked yet. */
  #numberOf(t: Tensor, needsGradient = t.requiresGrad): number {
    let number = this.#numbers.get(t);
    if (number === undefined) {
      const value = { shape: t.shape, name: this.#names.get(t) ?? null, needsGradient };
      this.#numbers.set(t, (number = this.#values.push(value) - 1));
    }
    return number;
  }

  trace(times: ReadonlyMap<string, readonly number[]>): StepTrace {
    if (this.#launches.length === 0) throw new UsageError('the step has recorded nothing');
    const inUse = bytesInUse(this.#launches);
    const turns = new Map<string, number>();
    const launches = this.#launches.map(({ kernel, workgroups, reads, writes, op }, i): TracedLaunch => {
      const turn = turns.get(kernel) ?? 0;
      turns.set(kernel, turn + 1);
      return {
        kernel,
        workgroups,
        bytesRead: bytesOf(reads),
        bytesWritten: bytesOf(writes),
        milliseconds: times.get(kernel)?.[turn] ?? null,
        bytesInUse: inUse[i],
        op,
      };
    });
    const peak = inUse.indexOf(Math.max(...inUse));
    return { ops: this.#ops, launches, values: this.#values, peak };
  }
}

const bytesOf = (ranges: readonly BufferRange[]): number => ranges.reduce((sum, { size }) => sum + size, 0);

function sameInputs(op: TracedOp, inputs: readonly Tensor[], numbers: ReadonlyMap<Tensor, number>): boolean {
  return op.from.length === inputs.length && op.from.every((n, i) => numbers.get(inputs[i]) === n);
}

/** For each launch the bytes whose first use is not after it and whose last is not before it. */
function bytesInUse(launches: readonly Recorded[]): number[] {
  const lives = new Map<BufferRange['buffer'], { from: number; to: number }>();
  launches.forEach(({ reads, writes }, at) => {
    for (const { buffer } of [...reads, ...writes]) lives.set(buffer, { from: lives.get(buffer)?.from ?? at, to: at });
  });
  const change = new Array<number>(launches.length + 1).fill(0);
  for (const [{ size }, { from, to }] of lives) {
    change[from] += size;
    change[to + 1] -= size;
  }
  let bytes = 0;
  return launches.map((_, at) => (bytes += change[at]));
}
