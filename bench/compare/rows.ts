/** From the single measurements of all rounds to one row per workload. */
import { areEnough } from '../../src/cli/host_load.js';
import { CONTENDERS, type Kind } from './contenders.js';
import { median, type Measurement } from './measure.js';

/** What one contender's process gave for one workload in one round. */
export interface Outcome {
  readonly workload: string;
  readonly contender: string;
  readonly result: Measurement | { readonly error: string };
}

/** A contender over all rounds. Times are medians of the rounds' medians. */
export interface Standing {
  /** null when a round failed. */
  readonly ms: number | null;
  /**
   * Least over the rounds: a driver that finds a shader in its cache on disk needs neither the compiler's time nor its
   * memory.
   */
  readonly first_ms: number | null;
  readonly rss_mb: number | null;
  readonly rounds_ms: readonly number[];
  readonly rounds_first_ms: readonly number[];
  readonly rounds_rss_mb: readonly number[];
  readonly loss_first: number | null;
  readonly loss_last: number | null;
  readonly error: string | null;
}

export interface Row {
  readonly workload: string;
  readonly weft_ms: number | null;
  readonly best_webgpu_peer: string | null;
  readonly best_webgpu_peer_ms: number | null;
  /** The peer's time over Weft's: above 1 Weft is faster. */
  readonly webgpu_ratio: number | null;
  readonly best_wasm_peer: string | null;
  readonly best_wasm_peer_ms: number | null;
  readonly wasm_ratio: number | null;
  readonly torch_ms: number | null;
  readonly torch_ratio: number | null;
  /** What PyTorch multiplied matrices with; null when it took no part or did not tell. */
  readonly torch_blas: string | null;
  /** Whether that is a BLAS by which PyTorch can be judged. */
  readonly torch_blas_is_tuned: boolean | null;
  readonly weft_rss_mb: number | null;
  /** Of the WebGPU peer that was fastest. */
  readonly best_webgpu_peer_rss_mb: number | null;
  /** The peer's memory over Weft's: above 1 Weft needs less. */
  readonly rss_ratio: number | null;
  readonly weft_first_ms: number | null;
  readonly best_webgpu_peer_first_ms: number | null;
  /** Throughput of two threads over that of one, before each round; null where the host was too busy to tell. */
  readonly effective_cores: readonly (number | null)[];
  readonly adapter: string | null;
  readonly contenders: Readonly<Record<string, Standing>>;
}

/** Four significant digits: what the machine's noise allows, and more. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** GFLOP/s of one thread that any BLAS made for its processor passes; the reference BLAS has 1 to 3. */
const TUNED_BLAS_GFLOPS = 6;

function blasOf(outcomes: readonly Outcome[]): Pick<Row, 'torch_blas' | 'torch_blas_is_tuned'> {
  const told = outcomes.flatMap(({ contender, result }) =>
    contender === 'torch' && !('error' in result) ? [result] : [],
  );
  const name = told.find((r) => r.blas !== undefined)?.blas;
  if (name === undefined) return { torch_blas: null, torch_blas_is_tuned: null };
  const best = Math.max(...told.map((r) => r.blas_gflops ?? 0));
  return {
    torch_blas: `${name} at ${rounded(best)} GFLOP/s a thread`,
    torch_blas_is_tuned: !name.startsWith('reference') && best >= TUNED_BLAS_GFLOPS,
  };
}

function ratio(peer: number | null, weft: number | null): number | null {
  return peer === null || weft === null ? null : rounded(peer / weft);
}

function standing(outcomes: readonly Outcome[]): Standing {
  const results = outcomes.flatMap(({ result }) => ('error' in result ? [] : [result]));
  const error = outcomes.flatMap(({ result }) => ('error' in result ? [result.error] : []))[0] ?? null;
  const of = (field: 'ms' | 'first_ms' | 'rss_mb'): number[] => results.map((r) => rounded(r[field]));
  const least = (values: readonly number[]): number | null =>
    error !== null || values.length === 0 ? null : Math.min(...values);
  const last = results.at(-1);
  return {
    ms: error !== null || results.length === 0 ? null : rounded(median(of('ms'))),
    first_ms: least(of('first_ms')),
    rss_mb: least(of('rss_mb')),
    rounds_ms: of('ms'),
    rounds_first_ms: of('first_ms'),
    rounds_rss_mb: of('rss_mb'),
    loss_first: last?.loss_first ?? null,
    loss_last: last?.loss_last ?? null,
    error,
  };
}

/** The fastest contender of a kind. */
function best(standings: ReadonlyMap<string, Standing>, kind: Kind): [name: string | null, standing: Standing | null] {
  let found: [string | null, Standing | null] = [null, null];
  for (const { name } of CONTENDERS.filter((c) => c.kind === kind)) {
    const s = standings.get(name);
    if (s !== undefined && s.ms !== null && s.ms < (found[1]?.ms ?? Infinity)) found = [name, s];
  }
  return found;
}

/** @param outcomes of this workload, any number of rounds. @param cores effective cores before each round. */
export function makeRow(workload: string, outcomes: readonly Outcome[], cores: readonly (number | null)[]): Row {
  const mine = outcomes.filter((o) => o.workload === workload);
  const standings = new Map(
    CONTENDERS.map((c) => [c.name, mine.filter((o) => o.contender === c.name)] as const)
      .filter(([, o]) => o.length > 0)
      .map(([name, o]) => [name, standing(o)]),
  );
  const [, weft] = best(standings, 'weft');
  const [webgpuName, webgpu] = best(standings, 'webgpu');
  const [wasmName, wasm] = best(standings, 'wasm');
  const [, torch] = best(standings, 'cpu');
  const weftMs = weft?.ms ?? null;
  return {
    workload,
    weft_ms: weftMs,
    best_webgpu_peer: webgpuName,
    best_webgpu_peer_ms: webgpu?.ms ?? null,
    webgpu_ratio: ratio(webgpu?.ms ?? null, weftMs),
    best_wasm_peer: wasmName,
    best_wasm_peer_ms: wasm?.ms ?? null,
    wasm_ratio: ratio(wasm?.ms ?? null, weftMs),
    torch_ms: torch?.ms ?? null,
    torch_ratio: ratio(torch?.ms ?? null, weftMs),
    ...blasOf(mine),
    weft_rss_mb: weft?.rss_mb ?? null,
    best_webgpu_peer_rss_mb: webgpu?.rss_mb ?? null,
    rss_ratio: ratio(webgpu?.rss_mb ?? null, weft?.rss_mb ?? null),
    weft_first_ms: weft?.first_ms ?? null,
    best_webgpu_peer_first_ms: webgpu?.first_ms ?? null,
    effective_cores: cores,
    adapter:
      mine.flatMap(({ result }) => ('error' in result ? [] : [result.adapter])).find((a) => a !== undefined) ?? null,
    contenders: Object.fromEntries(standings),
  };
}

/**
 * What a reader must know besides the figures: failures, losses that did not fall or start far apart, memory, few
 * cores.
 */
export function remarks(row: Row): string[] {
  const found: string[] = [];
  const firsts: [string, number][] = [];
  for (const [name, s] of Object.entries(row.contenders)) {
    if (s.error !== null) found.push(`${row.workload}: ${name} failed: ${s.error}`);
    else if (s.loss_first !== null && s.loss_last !== null) {
      firsts.push([name, s.loss_first]);
      if (!(s.loss_last < s.loss_first))
        found.push(
          `${row.workload}: the loss of ${name} did not fall (${rounded(s.loss_first)} to ${rounded(s.loss_last)})`,
        );
    }
  }
  if (row.torch_blas_is_tuned === false)
    found.push(
      `${row.workload}: PyTorch ran on a slow BLAS (${row.torch_blas}): its ratio says nothing of PyTorch; ` +
        `install OpenBLAS or MKL for it`,
    );
  firsts.sort((a, b) => a[1] - b[1]);
  const [low, high] = [firsts[0], firsts.at(-1)];
  if (low !== undefined && high !== undefined && high[1] > 3 * low[1])
    found.push(
      `${row.workload}: the first losses of ${low[0]} (${rounded(low[1])}) and ${high[0]} (${rounded(high[1])}) ` +
        `are far apart`,
    );
  const busy = row.effective_cores.filter((c) => !areEnough(c));
  if (busy.length > 0)
    found.push(
      `${row.workload}: the host was busy before ${busy.length} of ${row.effective_cores.length} rounds (two ` +
        `threads got the throughput of ${busy.map((c) => c?.toFixed(2) ?? '?').join(', ')}); measure again on a ` +
        `quiet one`,
    );
  return found;
}
