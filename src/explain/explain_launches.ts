/**
 * What an op records: its launches forward and backward, what it keeps between them, and which families it asks for a
 * kernel. Nothing runs.
 */
import { noGradient, opNamed, withOpRule } from '../autograd/graph.js';
import { inputSpec, isDifferentiable, type OpSpec } from '../cases/spec.js';
import type { Device } from '../device/device.js';
import { AdapterError } from '../device/errors.js';
import type { Kernel, Launch } from '../device/kernel.js';
import { shaderSource } from '../device/wgsl.js';
import type { Family } from '../kernels/launch/family.js';
import { askedProblems } from '../kernels/tune/tuner.js';
import { empty, type Tensor } from '../tensor/tensor.js';

export interface RecordedLaunch {
  readonly kernel: string;
  /** Its file below shaders/, and those concatenated to it. */
  readonly files: readonly string[];
  readonly workgroups: number;
  /** Threads of a workgroup. */
  readonly threads: number;
  /** Values of its constants and overrides. */
  readonly constants: Readonly<Record<string, string | number>>;
  /** The text that the compiler gets, the values of overrides put in. */
  readonly wgsl: string;
}

export interface AskedFamily {
  readonly family: Family<unknown>;
  readonly problem: unknown;
}

export interface Recorded {
  readonly launches: readonly RecordedLaunch[];
  readonly families: readonly AskedFamily[];
}

/** The text of a launch's shader: constants as specialised, overrides as given. */
function specialisedText({ file, includes = [] }: Kernel, { constants = {}, specialise = {} }: Launch): string {
  const text = shaderSource(file, includes, specialise);
  return text.replace(/^(override (\w+)(?:: (\w+))? = )[^;]*;/gm, (whole, head: string, name: string, type: string) => {
    const value = constants[name];
    if (value === undefined) return whole;
    return `${head}${type === 'bool' ? String(value !== 0) : String(value)};`;
  });
}

/** The value of a constant of a text, worked out from others where it is a product or quotient; NaN for others. */
export function constantOf(wgsl: string, name: string): number {
  const value = new RegExp(`^(?:const|override) ${name}(?:: \\w+)? = ([^;]+);`, 'm').exec(wgsl)?.[1];
  if (value === undefined) return Number.NaN;
  const factors = value.split(/ ([*/]) /);
  const term = (word: string): number => (/^\d+u?$/.test(word) ? Number.parseInt(word, 10) : constantOf(wgsl, word));
  return factors
    .slice(1)
    .reduce(
      (result, word, i) =>
        word === '*' || word === '/' ? result : factors[i] === '*' ? result * term(word) : result / term(word),
      term(factors[0]),
    );
}

/** Threads of a workgroup, as `@workgroup_size` says. */
function threadsOf(wgsl: string): number {
  const sizes = /@workgroup_size\(([^)]*)\)/.exec(wgsl)?.[1].split(',') ?? [];
  const size = (word: string): number => {
    const parts = word.trim().split(' * ');
    return parts.reduce((n, p) => n * (/^\d+u?$/.test(p) ? Number.parseInt(p, 10) : constantOf(wgsl, p)), 1);
  };
  return sizes.reduce((n, word) => n * size(word), 1);
}

/** Runs a function with memory as it comes: filling it would be a launch of its own. */
function unfilled<T>(device: Device, body: () => T): T {
  const { poison } = device;
  device.poison = false;
  try {
    return body();
  } finally {
    device.poison = poison;
  }
}

/** Runs a function whose launches are listed and thrown away. */
export function recordLaunches(device: Device, body: () => void): Recorded {
  const launches: RecordedLaunch[] = [];
  const own = Object.getOwnPropertyDescriptor(device, 'dispatch');
  device.dispatch = (kernel, launch) => {
    if (launch.workgroups === 0) return;
    const wgsl = specialisedText(kernel, launch);
    launches.push({
      kernel: kernel.name,
      files: [kernel.file, ...(kernel.includes ?? [])],
      workgroups: launch.workgroups,
      threads: threadsOf(wgsl),
      constants: { ...launch.constants, ...launch.specialise },
      wgsl,
    });
  };
  try {
    const asked = askedProblems(device, () => unfilled(device, body));
    return { launches, families: asked.map(({ family, problem }) => ({ family, problem })) };
  } finally {
    if (own === undefined) Reflect.deleteProperty(device, 'dispatch');
    else Object.defineProperty(device, 'dispatch', own);
  }
}

export interface SavedTensor {
  /** The input or output that it is; else where forward put it. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly bytes: number;
  /** Whether it is made for backward only: no input or output, which are there anyway. */
  readonly isExtra: boolean;
}

export interface RecordedOp {
  readonly forward: Recorded;
  /** null: the op has no gradient. */
  readonly backward: Recorded | null;
  readonly output: { readonly shape: readonly number[]; readonly dtype: string };
  readonly saved: readonly SavedTensor[];
}

const isTensor = (x: unknown): x is Tensor =>
  typeof x === 'object' && x !== null && 'storage' in x && 'shape' in x && 'dtype' in x;

/** Tensors in what forward left, by the path to them. */
function tensorsIn(saved: unknown, path: string): (readonly [string, Tensor])[] {
  if (isTensor(saved)) return [[path, saved]];
  if (typeof saved !== 'object' || saved === null || ArrayBuffer.isView(saved)) return [];
  return Object.entries(saved).flatMap(([key, value]) =>
    tensorsIn(value, Array.isArray(saved) ? path : path === '' ? key : `${path}.${key}`),
  );
}

/** Records an op at some shapes, as a training step would. */
export function recordOp(
  device: Device,
  spec: OpSpec,
  shapes: readonly (readonly number[])[],
  args: unknown,
): RecordedOp {
  let recorded: RecordedOp | null = null;
  unfilled(device, () => device.step(() => void (recorded = recordInStep(device, spec, shapes, args))));
  return recorded as unknown as RecordedOp;
}

function recordInStep(device: Device, spec: OpSpec, shapes: readonly (readonly number[])[], args: unknown): RecordedOp {
  const op = opNamed(spec.op);
  if (op === undefined) throw new Error(`${spec.op} is no op of the registry`);
  const given = shapes.map((shape, i) => {
    const t = empty(device, shape, inputSpec(spec, i).dtype ?? 'f32');
    t.requiresGrad = isDifferentiable(spec, i);
    return t;
  });
  const found: { inputs: readonly Tensor[]; args: unknown }[] = [];
  recordLaunches(device, () =>
    withOpRule(
      (name, inputs, opArgs) => {
        if (name === spec.op) found.push({ inputs, args: opArgs });
        return inputs;
      },
      () => void spec.gpu(given, args),
    ),
  );
  if (found.length === 0)
    throw new AdapterError(`${spec.op} does not run on ${device.name}: it needs what this adapter has not`, {
      fix: 'choose another adapter; halves need shader-f16 (weft doctor)',
    });
  const [{ inputs, args: opArgs }] = found;
  const { backward: gradient } = op;
  let made: { output: Tensor; saved: unknown } | null = null;
  let backward: Recorded | null = null;
  const forward = recordLaunches(device, () => {
    const { output, saved } = op.forward(inputs, opArgs);
    made = { output, saved };
  });
  const { output, saved } = made as unknown as { output: Tensor; saved: unknown };
  if (gradient !== noGradient) {
    const needs = inputs.map((t) => t.requiresGrad);
    backward = recordLaunches(
      device,
      () =>
        void gradient(
          empty(device, output.shape, output.dtype),
          saved,
          opArgs,
          needs,
          inputs.map(() => null),
        ),
    );
  }
  const nameOf = (t: Tensor): string | null => {
    const at = given.findIndex((x) => x.storage === t.storage);
    if (at >= 0) return inputSpec(spec, at).name;
    return t.storage === output.storage ? 'y' : null;
  };
  const kept = new Map<unknown, SavedTensor>();
  if (gradient !== noGradient)
    for (const [path, t] of tensorsIn(saved, '')) {
      const name = nameOf(t);
      kept.set(t.storage, {
        name: name ?? (path === '' ? 'one more tensor' : path),
        shape: t.shape,
        bytes: t.byteLength,
        isExtra: name === null,
      });
    }
  return { forward, backward, output: { shape: output.shape, dtype: output.dtype }, saved: [...kept.values()] };
}
