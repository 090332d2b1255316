/** `weft bench kernels`: validates, times and prints every kernel asked for, against the roofs of this adapter. */
import type { Device } from '../../src/device/device.js';
import { CheckError, UsageError } from '../../src/device/errors.js';
import { withDevice } from '../../src/cli/command.js';
import type { Parsed } from '../../src/cli/declare/declared.js';
import { areEnough, coresWhenQuiet, effectiveCores } from '../../src/cli/host_load.js';
import { resolveOptions } from '../../src/cli/options/options.js';
import { print, printJson, say } from '../../src/cli/output.js';
import { TRIALS } from '../../src/cases/index.js';
import { KERNEL_OPTIONS } from './options.js';
import { machineOf, type BenchDocument, type KernelRow } from '../shared/document.js';
import { measureProblem } from '../kernels/measure.js';
import { adviseOnHost, fewerCores, writeResults } from '../shared/output.js';
import { selectProblems, type Problem } from '../kernels/problem.js';
import { measureRoofs } from '../../src/measure/roofs.js';
import { rooflineSpec } from '../kernels/roofline.js';
import { lettersOf, ROWS } from '../../src/cases/bench_rows.js';
import { parseShapes } from '../kernels/shapes.js';
import { LiveTable, number, type Column } from '../shared/live_table.js';

const WALL_ONLY = '\nthis adapter has no timestamps: all times are wall time, the host’s part included';

/** @throws UsageError when it is no regular expression. */
function parseFilter(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UsageError(`--filter ${text}: ${(error as Error).message}`, {
      fix: "give a regular expression, e.g. '^(matmul|conv2d)'",
    });
  }
}

function columnsFor(problems: readonly Problem[]): Column[] {
  const widest = (texts: readonly string[], least: number): number =>
    texts.reduce((w, t) => Math.max(w, t.length), least);
  return [
    {
      header: 'kernel',
      width: widest(
        problems.map((p) => p.name),
        6,
      ),
      align: 'left',
    },
    {
      header: 'variant',
      width: widest(
        problems.flatMap((p) => p.variants.map((v) => v.name)),
        7,
      ),
      align: 'left',
    },
    { header: 'ms', width: 8 },
    { header: 'p20', width: 8 },
    { header: 'p80', width: 8 },
    { header: 'wall ms', width: 8 },
    { header: 'GFLOP/s', width: 7 },
    { header: 'GB/s', width: 7 },
    { header: '% roof', width: 6 },
    { header: 'x CPU', width: 6 },
    { header: '', width: 0, align: 'left' },
  ];
}

function cellsOf(r: KernelRow): string[] {
  if (!r.valid) return [r.name, r.variant, 'WRONG', '', '', '', '', '', '', '', r.error ?? ''];
  const speedup =
    r.speedup === null
      ? ''
      : `${r.referenceScaled ? '~' : ''}${r.speedup >= 10 ? r.speedup.toFixed(0) : r.speedup.toPrecision(2)}`;
  const notes = [
    ...(r.noisy ? ['noisy'] : []),
    ...((r.percentOfRoof ?? 0) > 100 ? ['above the roof: out of a cache'] : []),
    ...(r.clock === 'wall'
      ? [r.transfers ? 'copies or clears: wall time' : r.dispatches ? 'wall time' : 'a view: runs nothing on the GPU']
      : []),
  ];
  return [
    r.name,
    r.variant,
    number(r.ms),
    number(r.p20),
    number(r.p80),
    number(r.wallMs),
    number(r.gflops),
    number(r.gbs),
    r.percentOfRoof === null ? '' : r.percentOfRoof.toFixed(r.percentOfRoof < 10 ? 1 : 0),
    speedup,
    notes.join(', '),
  ];
}

export interface KernelBench {
  readonly problems: readonly Problem[];
  readonly seconds: number;
  /** Seconds for each roof, and bytes copied; lowered by tests. */
  readonly roofs?: { readonly seconds?: number; readonly copyBytes?: number };
}

/** Measures the problems, printing as it goes. */
export async function benchKernels(
  device: Device,
  { problems, seconds, roofs: roofOptions }: KernelBench,
): Promise<BenchDocument & { kind: 'kernels' }> {
  const before = await coresWhenQuiet(say);
  adviseOnHost(before);
  const roofs = await measureRoofs(device, roofOptions);
  say(
    `roofs: ${number(roofs.fmaGflops)} GFLOP/s of f32 multiply-adds; ${number(roofs.copyGbs)} GB/s copied ` +
      `(${number(roofs.kernelCopyGbs)} by a kernel, ${number(roofs.bufferCopyGbs)} by copyBufferToBuffer)` +
      `${roofs.clock === 'wall' ? WALL_ONLY : ''}\n`,
  );
  const table = new LiveTable(columnsFor(problems), print);
  const rows: KernelRow[] = [];
  for (const problem of problems) {
    rows.push(...(await measureProblem(device, problem, { seconds, roofs }, (row) => table.row(cellsOf(row)))));
    await device.sync();
    device.trim(); // each problem has sizes of its own
  }
  const after = await effectiveCores();
  if (!areEnough(after)) adviseOnHost(after, 'at the end');
  return { kind: 'kernels', ...machineOf(device, fewerCores(before, after)), roofs, rows };
}

/** @throws CheckError when there are wrong rows. */
export function failOnWrong(rows: readonly KernelRow[]): void {
  const wrong = rows.filter((r) => !r.valid);
  if (wrong.length === 0) return;
  throw new CheckError(
    `${wrong.length} of ${rows.length} kernels compute wrongly: ` +
      `${wrong.map((r) => `${r.name} ${r.variant}`).join('; ')}`,
    { fix: 'the table says where they differ from the reference; weft doctor checks the driver' },
  );
}

function list(problems: readonly Problem[], isJson: boolean): void {
  const letters = new Map<string, string>(
    [
      ...ROWS.map((r) => [r.spec.op, lettersOf(r)] as const),
      ...TRIALS.map((t) => [t.family.name, t.sizes?.letters ?? null] as const),
    ].flatMap(([k, v]) => (v === null ? [] : [[k, v]])),
  );
  const rows = problems.flatMap((p) =>
    p.variants.map((v) => ({ name: p.name, variant: v.name, shapes: letters.get(p.name.split(' ')[0]) ?? null })),
  );
  for (const r of rows) print(`${r.name} ${r.variant}${r.shapes === null ? '' : `  (--shapes ${r.shapes})`}`);
  if (isJson) printJson({ kernels: rows });
}

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(KERNEL_OPTIONS, argv);
  const filter = parseFilter(String(o['filter'] ?? ''));
  const shapes = o['shapes'] === undefined ? null : parseShapes(String(o['shapes']));
  const out = o['out'] === undefined ? null : String(o['out']);
  await withDevice(
    argv,
    async (device) => {
      const problems = selectProblems(device, ROWS, TRIALS, { filter, shapes, all: o['all'] === true });
      if (o['list'] === true) return list(problems, o['json'] === true);
      const seconds = Number(o['seconds']);
      const document = await benchKernels(device, {
        problems,
        seconds,
        ...(seconds === 0 ? { roofs: { seconds } } : {}),
      });
      if (out !== null)
        await writeResults(
          out,
          document,
          document.rows.some((r) => r.ms !== null && r.gbs !== null) ? rooflineSpec(document) : null,
        );
      if (o['json'] === true) printJson(document);
      failOnWrong(document.rows);
    },
    { poison: false }, // its fills would be timed
  );
}
