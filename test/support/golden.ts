/** Reads test/golden: what PyTorch computed (see make.py there). */
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
  readonly optimizers?: readonly (Omit<GoldenTrajectory, TrajectoryTensor> &
    Record<'start' | 'gradients' | 'path', Entry> & { norms?: Entry; averages?: Entry })[];
}

/** A tensor in ops/OP.json. */
interface Inline {
  readonly shape: readonly number[];
  readonly base64: string;
}

interface OpFile {
  readonly torch: string;
  readonly op: string;
  readonly cases: readonly {
    name: string;
    args: unknown;
    inputs: readonly Inline[];
    y: Inline;
    dy?: Inline;
    gradients?: readonly (Inline | null)[];
  }[];
}

// Compiled to dist/test/support/golden.js; the files stay in the source tree.
const FOLDER = fileURLToPath(new URL('../../../test/golden/numbers/', import.meta.url));

export interface Golden {
  /** Version of PyTorch that made the numbers. */
  readonly torch: string;
  readonly cases: readonly GoldenCase[];
}

function decoded({ shape, base64 }: Inline): HostTensor {
  const bytes = Buffer.from(base64, 'base64');
  return hostTensor(
    shape,
    Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i)),
  );
}

function readOp(file: string): { torch: string; cases: GoldenCase[] } {
  const { torch, op, cases } = JSON.parse(readFileSync(`${FOLDER}ops/${file}`, 'utf8')) as OpFile;
  return {
    torch,
    cases: cases.map(({ name, args, inputs, y, dy, gradients = [] }) => ({
      op,
      name,
      args,
      inputs: inputs.map(decoded),
      y: decoded(y),
      dy: dy === undefined ? null : decoded(dy),
      gradients: gradients.map((g) => (g === null ? null : decoded(g))),
    })),
  };
}

/** The ops that have vectors, without reading them. */
export function goldenOps(): string[] {
  return readdirSync(`${FOLDER}ops`).map((file) => file.replace(/\.json$/, ''));
}

/** The vectors of every op, or of those named. */
export function readGolden(ops: readonly string[] = goldenOps()): Golden {
  const files = ops.map((op) => readOp(`${op}.json`));
  return { torch: files[0].torch, cases: files.flatMap((f) => f.cases) };
}

/** NAME.json as it is, and how to get at the tensors it names. */
export function readIndex<T>(name: string): { index: T; take: (entry: Entry) => HostTensor } {
  const bytes = readFileSync(`${FOLDER}${name}.bin`);
  const numbers = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const take = ({ at, shape }: Entry): HostTensor =>
    hostTensor(shape, numbers.subarray(at, at + shape.reduce((n, d) => n * d, 1)));
  return { index: JSON.parse(readFileSync(`${FOLDER}${name}.json`, 'utf8')) as T, take };
}

/** The optimizers' steps in NAME.json. */
export function readTrajectories(): GoldenTrajectory[] {
  return ['optimizers', 'indexing'].flatMap((name) => {
    const { index, take } = readIndex<Index>(name);
    return (index.optimizers ?? []).map(({ norms, averages, ...o }) => ({
      ...o,
      start: take(o.start),
      gradients: take(o.gradients),
      path: take(o.path),
      ...(norms === undefined ? {} : { norms: take(norms) }),
      ...(averages === undefined ? {} : { averages: take(averages) }),
    }));
  });
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
