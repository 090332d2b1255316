/**
 * `weft bench search`: what a question to an index costs as the index grows: cosines with all rows and the k largest of
 * them, from the call to the answer on the host. The first and the last query are checked against a loop over the rows,
 * whose time on one core stands beside it.
 */
import { openDevice } from '../../src/cli/command.js';
import type { Parsed } from '../../src/cli/declare/declared.js';
import { coresWhenQuiet, effectiveCores } from '../../src/cli/host_load.js';
import { resolveOptions } from '../../src/cli/options/options.js';
import { print, printJson, say } from '../../src/cli/output.js';
import type { Device } from '../../src/device/device.js';
import { UsageError } from '../../src/device/errors.js';
import { normalizeRows_, RowSearch } from '../../src/retrieval/row_search.js';
import { SEARCH_OPTIONS } from './options.js';
import { machineOf, type BenchDocument, type Machine, type SearchRow } from '../shared/document.js';
import { LiveTable, number } from '../shared/live_table.js';
import { uniform } from '../shared/numbers.js';
import { adviseOnHost, fewerCores, writeResults } from '../shared/output.js';
import { isNoisy, summarize, type Timing } from '../../src/measure/timing.js';

/** Fewer searches say nothing of the spread. */
const MIN_SAMPLES = 5;
/** Cosines are sums of `width` products in another order; the reference adds in f64. */
const TOLERANCE = 1e-5;

export interface SearchBench {
  readonly rows: number;
  /** Numbers of a row. */
  readonly width: number;
  readonly queries: number;
  readonly k: number;
  readonly seconds: number;
}

function unitRows(count: number, width: number, seed: number): Float32Array<ArrayBuffer> {
  const rows = uniform(count * width, seed);
  normalizeRows_(rows, width);
  return rows;
}

/** The k largest inner products of one query with the rows, largest first, by a plain loop. */
function largestScores(rows: Float32Array, query: Float32Array, k: number): Float64Array {
  const scores = new Float64Array(rows.length / query.length);
  for (let r = 0, at = 0; r < scores.length; r++) {
    let sum = 0;
    for (let i = 0; i < query.length; i++, at++) sum += rows[at] * query[i];
    scores[r] = sum;
  }
  return scores.sort().reverse().subarray(0, k);
}

async function timeSearches(search: RowSearch, queries: Float32Array, k: number, seconds: number): Promise<Timing> {
  const samples: number[] = [];
  await search.search(queries, k); // compiles
  const started = performance.now();
  while (samples.length < MIN_SAMPLES || performance.now() - started < 1000 * seconds) {
    const before = performance.now();
    await search.search(queries, k);
    samples.push(performance.now() - before);
  }
  return summarize(samples);
}

export async function measureSearch(
  device: Device,
  { rows: count, width, queries: Q, k, seconds }: SearchBench,
): Promise<SearchRow> {
  const rows = unitRows(count, width, 1);
  const queries = unitRows(Q, width, 2);
  const started = performance.now();
  const expected = [largestScores(rows, queries.subarray(0, width), k)];
  const referenceMs = performance.now() - started;
  // the last: a loop for each would take minutes
  if (Q > 1) expected.push(largestScores(rows, queries.subarray((Q - 1) * width), k));
  const search = new RowSearch(device, rows, width);
  try {
    const found = await search.search(queries, k);
    const agrees = (scores: Float64Array, q: number): boolean =>
      scores.length === found.k &&
      scores.every((score, i) => Math.abs(score - found.scores[q * found.k + i]) < TOLERANCE);
    const valid = expected.every((scores, n) => agrees(scores, n === 0 ? 0 : Q - 1));
    const base = {
      name: `search ${count}x${width}`,
      variant: `${Q} ${Q === 1 ? 'query' : 'queries'}, k ${k}`,
      rows: count,
      width,
      queries: Q,
      k,
      referenceMs,
    };
    if (!valid)
      return {
        ...base,
        valid,
        clock: null,
        ms: null,
        p20: null,
        p80: null,
        noisy: false,
        gpuBytes: device.statistics().bytes,
      };
    const wall = await timeSearches(search, queries, k, seconds);
    return {
      ...base,
      valid,
      clock: 'wall',
      ms: wall.median,
      p20: wall.p20,
      p80: wall.p80,
      noisy: isNoisy(wall),
      gpuBytes: device.statistics().bytes,
    };
  } finally {
    search.release();
  }
}

/** `2000,1000000`. @throws UsageError unless the text is whole numbers from 1 up. */
function parseCounts(option: string, text: string): number[] {
  const counts = text.split(',').map((word) => (/^\d+$/.test(word.trim()) ? Number(word) : NaN));
  if (!counts.every((n) => n >= 1 && n <= 1e8))
    throw new UsageError(`--${option} ${text} is not whole numbers from 1 up, parted by commas`, {
      fix: `e.g. --${option} 2000,1000000`,
    });
  return counts;
}

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(SEARCH_OPTIONS, argv);
  const counts = parseCounts('rows', String(o['rows']));
  const batches = parseCounts('queries', String(o['queries']));
  const out = o['out'] === undefined ? null : String(o['out']);
  const before = await coresWhenQuiet(say);
  adviseOnHost(before);
  const table = new LiveTable(
    [
      { header: 'rows x width', width: 22, align: 'left' },
      { header: 'asked', width: 18, align: 'left' },
      ...['ms', 'p20', 'p80', 'ms/query', 'one core', 'GPU MiB'].map((header) => ({ header, width: 9 })),
      { header: '', width: 0, align: 'left' },
    ],
    print,
  );
  const rows: SearchRow[] = [];
  let machine: Machine | null = null;
  for (const count of counts) {
    for (const queries of batches) {
      const device = await openDevice(argv, { poison: false });
      if (machine === null) say(`adapter: ${device.name}\n`);
      machine ??= machineOf(device, 0);
      const row = await measureSearch(device, {
        rows: count,
        width: Number(o['width']),
        queries,
        k: Number(o['k']),
        seconds: Number(o['seconds']),
      }).finally(() => device.destroy());
      rows.push(row);
      const perQuery = row.ms === null ? null : row.ms / queries;
      table.row([
        row.name,
        row.variant,
        ...[row.ms, row.p20, row.p80, perQuery, row.referenceMs].map(number),
        (row.gpuBytes / 2 ** 20).toFixed(1),
        row.valid ? (row.noisy ? 'noisy' : '') : 'WRONG',
      ]);
    }
  }
  const document: BenchDocument = {
    kind: 'search',
    ...(machine as Machine),
    effectiveCores: fewerCores(before, await effectiveCores()),
    rows,
  };
  if (out !== null) await writeResults(out, document, null);
  if (o['json'] === true) printJson(document);
}
