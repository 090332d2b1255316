/**
 * What a benchmark leaves behind: one JSON document with the machine, the roofs and a row per measurement; and the same
 * rows as CSV.
 */
import { hostDescription, packageJson, readBytes } from '#platform';
import type { AdapterSummary } from '../../src/device/adapter.js';
import type { Device } from '../../src/device/device.js';
import { DataError } from '../../src/device/errors.js';
import type { Roofs } from '../../src/measure/roofs.js';
import { toCsv } from '../../src/report/csv.js';

/** Milliseconds of one run by the clock that the row names. What a row cannot say is null. */
interface TimedRow {
  readonly name: string;
  readonly variant: string;
  /** The answer agrees with the reference. False: there are no times. */
  readonly valid: boolean;
  readonly clock: 'gpu' | 'wall' | null;
  readonly ms: number | null;
  readonly p20: number | null;
  readonly p80: number | null;
  /** The spread is more than a fifth of the median. */
  readonly noisy: boolean;
}

export interface KernelRow extends TimedRow {
  readonly constants: Readonly<Record<string, string | number>>;
  /**
   * `reference`: the whole answer with the reference loops; `small`: a smaller problem with them, the whole with the
   * first valid member.
   */
  readonly validatedWith: 'reference' | 'small';
  /** Why the row is not valid. */
  readonly error: string | null;
  readonly wallMs: number | null;
  readonly wallP20: number | null;
  readonly wallP80: number | null;
  readonly dispatches: number | null;
  /** Copies and clears; where there are any, the clock is wall time. */
  readonly transfers: number | null;
  readonly flops: number;
  readonly bytes: number;
  readonly gflops: number | null;
  readonly gbs: number | null;
  readonly percentOfRoof: number | null;
  /** Milliseconds of the reference loops, on one core. */
  readonly referenceMs: number | null;
  /** Measured on the smaller problem and scaled by the operations. */
  readonly referenceScaled: boolean;
  readonly speedup: number | null;
}

export interface TrainRow extends TimedRow {
  readonly description: string;
  readonly batch: number;
  readonly imagesPerSecond: number | null;
  /** The first step of the process: what it compiles is in it. */
  readonly firstMs: number;
  /** Processor time of one step, a software adapter's threads included. */
  readonly cpuMs: number;
  /** GPU time of one step; null without timestamps. */
  readonly gpuMs: number | null;
  readonly kernels: readonly { readonly label: string; readonly calls: number; readonly milliseconds: number }[] | null;
  readonly peakGpuBytes: number;
  readonly peakRssBytes: number;
}

/** A network in evaluation mode, a call of so many images. */
export interface InferRow extends TimedRow {
  readonly batch: number;
  readonly msPerImage: number;
  readonly imagesPerSecond: number;
  /** GPU time of one call; null without timestamps. */
  readonly gpuMs: number | null;
  /** Processor time of one call, a software adapter's threads included. */
  readonly cpuMs: number;
  /** The first call: compiling, folding and allocating included. */
  readonly firstMs: number;
  /** All buffers on the GPU after it. */
  readonly gpuBytes: number;
}

/** A training step of a classifier of so many classes. */
export interface ClassesRow extends TimedRow {
  readonly classes: number;
  readonly batch: number;
  readonly imagesPerSecond: number;
  /** All buffers on the GPU. */
  readonly gpuBytes: number;
  /** Those besides weights, gradients and the optimizer's moments. */
  readonly stepBytes: number;
}

/** A search of an index for the rows that are most like so many queries. */
export interface SearchRow extends TimedRow {
  readonly rows: number;
  /** Numbers of a row. */
  readonly width: number;
  readonly queries: number;
  readonly k: number;
  /** Milliseconds of a loop over the rows for one query, on one core. */
  readonly referenceMs: number;
  /** All buffers on the GPU. */
  readonly gpuBytes: number;
}

export interface Machine {
  readonly engine: string;
  readonly date: string;
  readonly adapter: AdapterSummary;
  readonly adapterName: string;
  readonly host: Readonly<Record<string, string | number>>;
  /** Of two spinning threads, the lower of before and after; null: the host was too busy to tell. */
  readonly effectiveCores: number | null;
  readonly gpuTimestamps: boolean;
}

export type BenchDocument =
  | (Machine & { readonly kind: 'kernels'; readonly roofs: Roofs; readonly rows: readonly KernelRow[] })
  | (Machine & { readonly kind: 'train'; readonly rows: readonly TrainRow[] })
  | (Machine & { readonly kind: 'infer'; readonly rows: readonly InferRow[] })
  | (Machine & { readonly kind: 'classes'; readonly rows: readonly ClassesRow[] })
  | (Machine & { readonly kind: 'search'; readonly rows: readonly SearchRow[] });

export function machineOf(device: Device, effectiveCores: number | null): Machine {
  const { name, version } = packageJson();
  return {
    engine: `${name} ${version}`,
    date: new Date().toISOString(),
    adapter: device.adapter,
    adapterName: device.name,
    host: hostDescription(),
    effectiveCores,
    gpuTimestamps: device.features.has('timestamp-query'),
  };
}

/** Rows as CSV: a column for each field that is not itself a list. */
export function rowsCsv(rows: BenchDocument['rows']): string {
  if (rows.length === 0) return '';
  const columns = Object.keys(rows[0]).filter((key) => key !== 'kernels');
  const cell = (value: unknown): string | number | null =>
    value === null || value === undefined
      ? null
      : typeof value === 'number'
        ? value
        : typeof value === 'object'
          ? JSON.stringify(value)
          : String(value);
  return toCsv(
    columns,
    rows.map((row) => columns.map((c) => cell((row as unknown as Record<string, unknown>)[c]))),
  );
}

function isRow(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const row = value as Record<string, unknown>;
  const isTime = (v: unknown): boolean => typeof v === 'number' && Number.isFinite(v) && v >= 0;
  const times = [row['ms'], row['p20'], row['p80']];
  return (
    typeof row['name'] === 'string' &&
    typeof row['variant'] === 'string' &&
    typeof row['valid'] === 'boolean' &&
    (times.every(isTime) || times.every((t) => t === null))
  );
}

/** @throws DataError when the file is absent, no JSON, or not what `weft bench` writes. */
export async function readDocument(path: string): Promise<BenchDocument> {
  const fix = 'give a file that weft bench kernels, train, infer, classes or search wrote (--out, or --json > FILE)';
  let text: string;
  try {
    text = new TextDecoder().decode(await readBytes(path));
  } catch (error) {
    throw new DataError(
      `${path}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(error)}`,
      { fix },
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DataError(`${path} is not JSON: ${(error as Error).message}`, { fix });
  }
  const d = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (!['kernels', 'train', 'infer', 'classes', 'search'].includes(String(d['kind'])))
    throw new DataError(
      `${path} is no benchmark document: it has no "kind" of kernels, train, infer, classes or search`,
      {
        fix,
      },
    );
  if (!Array.isArray(d['rows'])) throw new DataError(`${path} is damaged: it has no list "rows"`, { fix });
  const bad = d['rows'].findIndex((r) => !isRow(r));
  if (bad >= 0)
    throw new DataError(`${path} is damaged: row ${bad + 1} lacks name, variant, valid, or its times`, { fix });
  if (typeof d['adapterName'] !== 'string' || (d['effectiveCores'] !== null && typeof d['effectiveCores'] !== 'number'))
    throw new DataError(`${path} is damaged: it does not say on which adapter and host it was measured`, { fix });
  return value as BenchDocument;
}
