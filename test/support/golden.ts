/** Reads test/golden/numbers: what PyTorch computed (see make.py there). */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hostTensor, type HostTensor } from '../../src/kernels/launch/host_tensor.js';

export interface GoldenCase {
  readonly op: string;
  readonly name: string;
  readonly args: unknown;
  readonly inputs: readonly HostTensor[];
  readonly y: HostTensor;
  /** Null where the op has no gradient. */
  readonly dy: HostTensor | null;
  /** One per input, null where it has none. */
  readonly gradients: readonly (HostTensor | null)[];
}

/** Ten steps of an optimizer with given gradients. */
export interface GoldenTrajectory {
  readonly kind: 'sgd' | 'adam' | 'adamw' | 'rmsprop' | 'adagrad';
  /** torch.optim's keyword arguments. */
  readonly settings: {
    readonly lr: number;
    readonly momentum?: number;
    readonly dampening?: number;
    readonly weight_decay?: number;
    readonly nesterov?: boolean;
    readonly betas?: readonly [number, number];
    readonly eps?: number;
    readonly alpha?: number;
    readonly centered?: boolean;
    readonly lr_decay?: number;
    readonly initial_accumulator_value?: number;
  };
  /** Names and sizes of the parameters, whose sizes add up to `size`. */
  readonly parameters?: readonly (readonly [name: string, size: number])[];
  /** Patterns of names, and what such parameters have of their own. */
  readonly groups?: readonly { readonly match: string; readonly lr?: number; readonly weight_decay?: number }[];
  /** The gradients are clipped before each step. */
  readonly clipNorm?: number;
  readonly clipValue?: number;
  /** Decay of a moving average of the weights. */
  readonly ema?: number;
  /** (size). */
  readonly start: HostTensor;
  /** (steps, size). */
  readonly gradients: HostTensor;
  /** (steps, size): the weights after each step. */
  readonly path: HostTensor;
  /** (steps): the gradients' norms before they were clipped. */
  readonly norms?: HostTensor;
  /** (steps, size): the moving average after each step. */
  readonly averages?: HostTensor;
}

type TrajectoryTensor = 'start' | 'gradients' | 'path' | 'norms' | 'averages';

/** Where a tensor is in the .bin. */
export interface Entry {
  readonly at: number;
  readonly shape: readonly number[];
}

interface Index {
  readonly torch: string;
  readonly cases?: readonly {
    op: string;
    name: string;
    args: unknown;
    inputs: readonly Entry[];
    y: Entry;
    dy?: Entry;
    gradients?: readonly (Entry | null)[];
  }[];
  readonly optimizers?: readonly (Omit<GoldenTrajectory, TrajectoryTensor> &
    Record<'start' | 'gradients' | 'path', Entry> & { norms?: Entry; averages?: Entry })[];
}

// Compiled to dist/test/support/golden.js; the files stay in the source tree.
const FOLDER = fileURLToPath(new URL('../../../test/golden/numbers/', import.meta.url));

export interface Golden {
  /** Version of PyTorch that made the numbers. */
  readonly torch: string;
  readonly cases: readonly GoldenCase[];
  readonly optimizers: readonly GoldenTrajectory[];
}

/** Every NAME.json with cases in test/golden/numbers that has numbers beside it, as one. */
export function readGolden(): Golden {
  const names = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.bin'))
    .map((file) => file.slice(0, -4))
    .sort();
  const files = names.map(readFile).filter((g) => g !== null);
  return {
    torch: files[0].torch,
    cases: files.flatMap((f) => f.cases),
    optimizers: files.flatMap((f) => f.optimizers),
  };
}

/** NAME.json as it is, and how to get at the tensors it names. */
export function readIndex<T>(name: string): { index: T; take: (entry: Entry) => HostTensor } {
  const bytes = readFileSync(`${FOLDER}${name}.bin`);
  const numbers = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const take = ({ at, shape }: Entry): HostTensor =>
    hostTensor(shape, numbers.subarray(at, at + shape.reduce((n, d) => n * d, 1)));
  return { index: JSON.parse(readFileSync(`${FOLDER}${name}.json`, 'utf8')) as T, take };
}

function readFile(name: string): Golden | null {
  const { index, take } = readIndex<Index>(name);
  if (index.cases === undefined) return null;
  return {
    torch: index.torch,
    cases: index.cases.map((c) => ({
      ...c,
      inputs: c.inputs.map(take),
      y: take(c.y),
      dy: c.dy === undefined ? null : take(c.dy),
      gradients: (c.gradients ?? []).map((g) => (g === null ? null : take(g))),
    })),
    optimizers: (index.optimizers ?? []).map(({ norms, averages, ...o }) => ({
      ...o,
      start: take(o.start),
      gradients: take(o.gradients),
      path: take(o.path),
      ...(norms === undefined ? {} : { norms: take(norms) }),
      ...(averages === undefined ? {} : { averages: take(averages) }),
    })),
  };
}

/** Steps of SGD on a network, from given weights and batches. */
export interface GoldenRun {
  readonly name: string;
  readonly settings: { readonly lr: number; readonly momentum?: number; readonly weight_decay?: number };
  /** State dicts before and after, by PyTorch's keys. */
  readonly start: ReadonlyMap<string, HostTensor>;
  readonly end: ReadonlyMap<string, HostTensor>;
  /** (steps, N, …) and (steps, N). */
  readonly x: HostTensor;
  readonly label: HostTensor;
  /** The loss of each step. */
  readonly losses: readonly number[];
  /** The first batch's output in evaluation, after training. */
  readonly evaluated: HostTensor;
}

type State = Readonly<Record<string, Entry>>;
type RunEntry = Pick<GoldenRun, 'name' | 'settings' | 'losses'> & {
  start: State;
  end: State;
  x: Entry;
  label: Entry;
  evaluated: Entry;
};

/** The runs in NAME.json. */
export function readRuns(name: string): readonly GoldenRun[] {
  const { index, take } = readIndex<{ runs?: readonly RunEntry[] }>(name);
  const state = (entries: State): Map<string, HostTensor> =>
    new Map(Object.entries(entries).map(([key, e]) => [key, take(e)]));
  return (index.runs ?? []).map((r) => ({
    ...r,
    start: state(r.start),
    end: state(r.end),
    x: take(r.x),
    label: take(r.label),
    evaluated: take(r.evaluated),
  }));
}
