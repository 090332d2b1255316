/**
 * ONNX Runtime, to compare files with: its WebAssembly build. It is no dependency (148 MB for one option of one
 * command): it is looked for where the user stands, beside Weft, and among the libraries of bench/peers.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckError, UsageError } from '../../device/errors.js';

const PACKAGE = 'onnxruntime-web';

interface OrtTensor {
  readonly data: ArrayLike<number>;
}

interface OrtSession {
  run(feeds: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

interface Ort {
  readonly env: {
    readonly versions: { readonly web?: string };
    readonly wasm: { numThreads: number };
    logLevel: string;
  };
  readonly InferenceSession: { create(file: Uint8Array, options: object): Promise<OrtSession> };
  readonly Tensor: new (type: string, data: Float32Array | BigInt64Array, dims: readonly number[]) => unknown;
}

export interface Runtime {
  readonly ort: Ort;
}

/** Sizes of the batches that files are tried with. */
export const BATCHES = [1, 3];

/** What is given to a network, and what Weft makes of it. */
export interface VerifyCase {
  readonly feeds: Readonly<
    Record<string, { readonly data: Float32Array | BigInt64Array; readonly dims: readonly number[] }>
  >;
  readonly expected: Readonly<Record<string, ArrayLike<number>>>;
}

export interface Verified {
  readonly version: string;
  /** The largest difference of all outputs. */
  readonly largest: number;
  /** The largest value. */
  readonly scale: number;
  readonly tolerance: number;
}

/** Of the largest value: f32 sums in another order; weights rounded to halves. */
const TOLERANCE = { f32: 1e-4, f16: 2e-2 } as const;

/** @throws UsageError when the package is nowhere. */
export async function loadRuntime(): Promise<Runtime> {
  const root = fileURLToPath(new URL('../../../../', import.meta.url));
  for (const from of [process.cwd(), root, join(root, 'bench', 'peers')]) {
    const require = createRequire(join(from, 'index.js'));
    try {
      const ort = require(PACKAGE) as Ort;
      ort.env.wasm.numThreads = 1;
      ort.env.logLevel = 'error';
      return { ort };
    } catch (error) {
      if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new UsageError(`--verify needs the package ${PACKAGE}, which is not installed`, {
    fix: `npm install ${PACKAGE} (148 MB), in this folder`,
  });
}

/** @throws CheckError where the outputs differ by more than rounding. */
export async function verify(
  { ort }: Runtime,
  file: Uint8Array,
  cases: readonly VerifyCase[],
  precision: keyof typeof TOLERANCE,
): Promise<Verified> {
  const session = await ort.InferenceSession.create(file, { executionProviders: ['wasm'] });
  let [largest, scale] = [0, 0];
  try {
    for (const { feeds, expected } of cases) {
      const given = Object.entries(feeds).map(([name, { data, dims }]) => {
        const type = data instanceof Float32Array ? 'float32' : 'int64';
        return [name, new ort.Tensor(type, data, dims)] as const;
      });
      const outputs = await session.run(Object.fromEntries(given));
      for (const [name, values] of Object.entries(expected)) {
        const { data } = outputs[name];
        for (let i = 0; i < values.length; i++) {
          const difference = Math.abs(Number(data[i]) - values[i]);
          largest = Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
          scale = Math.max(scale, Math.abs(values[i]));
        }
      }
    }
  } finally {
    await session.release();
  }
  const tolerance = TOLERANCE[precision];
  if (largest > tolerance * scale)
    throw new CheckError(
      `ONNX Runtime makes something else of the file: values up to ${scale.toPrecision(3)} differ by ` +
        `${largest.toExponential(1)}, more than ${tolerance} of them`,
      { fix: precision === 'f16' ? 'export it as f32' : 'report it: a row of src/onnx/table.ts is wrong' },
    );
  return { version: ort.env.versions.web ?? 'of an unknown version', largest, scale, tolerance };
}
