/**
 * Pinned runs: training steps that PyTorch made from given weights and batches; the losses and last weights must come
 * out the same.
 */
import { readIndex, type Entry } from './golden.js';
import { hostTensor, type HostTensor } from '../../src/kernels/launch/host_tensor.js';

interface RunIndex {
  readonly runs: readonly {
    readonly model: string;
    readonly hidden: number;
    readonly lr: number;
    readonly x: Entry;
    readonly label: Entry;
    readonly weights: readonly (readonly [string, Entry])[];
    readonly losses: readonly number[];
    readonly last: readonly (readonly [string, Entry])[];
  }[];
}

export interface PinnedRun {
  readonly model: string;
  readonly hidden: number;
  /** Adam's. */
  readonly lr: number;
  /** (N, C, H, W) of every step. */
  readonly x: readonly HostTensor[];
  /** (N) of every step. */
  readonly label: readonly HostTensor[];
  /** By state-dict key. */
  readonly weights: ReadonlyMap<string, HostTensor>;
  readonly losses: readonly number[];
  readonly last: ReadonlyMap<string, HostTensor>;
}

/** The runs in test/golden/NAME.json. */
export function readPinnedRuns(name: string): PinnedRun[] {
  const { index, take } = readIndex<RunIndex>(name);
  return index.runs.map((run) => ({
    ...run,
    x: steps(take(run.x)),
    label: steps(take(run.label)),
    weights: new Map(run.weights.map(([key, entry]) => [key, take(entry)])),
    last: new Map(run.last.map(([key, entry]) => [key, take(entry)])),
  }));
}

/** The tensors along the first dimension. */
function steps({ shape: [count, ...shape], data }: HostTensor): HostTensor[] {
  const size = data.length / count;
  return Array.from({ length: count }, (_, i) => hostTensor(shape, data.slice(i * size, (i + 1) * size)));
}
