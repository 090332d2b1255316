/** `weft bench train`: whole training steps of the workloads, each in a process of its own. */
import type { Parsed } from '../../src/cli/declare/declared.js';
import { suggest } from '../../src/cli/hints.js';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { resolveOptions } from '../../src/cli/options/options.js';
import { print, printJson, say } from '../../src/cli/output.js';
import { areEnough, coresWhenQuiet, effectiveCores } from '../../src/cli/host_load.js';
import { selectAdapter } from '../../src/device/adapter.js';
import { AdapterError, GpuError, UsageError } from '../../src/device/errors.js';
import { textTable } from '../../src/report/table.js';
import { TRAIN_BENCH_OPTIONS } from './options.js';
import type { BenchDocument, Machine, TrainRow } from '../shared/document.js';
import { LiveTable, number } from '../shared/live_table.js';
import { adviseOnHost, fewerCores, writeResults } from '../shared/output.js';
import type { ChildMessage } from '../train/train_child.js';
import { WORKLOADS, type Workload } from '../train/workloads.js';

/** @throws UsageError for a name that no workload has. */
export function selectWorkloads(models: string | undefined): readonly Workload[] {
  // those with a figure of operations are single kernels
  if (models === undefined) return WORKLOADS.filter((w) => w.flops === 0);
  const names = WORKLOADS.map((w) => w.name);
  return models.split(',').map((given) => {
    const found = WORKLOADS.find((w) => w.name === given.trim());
    if (found !== undefined) return found;
    const near = suggest(given.trim(), names);
    throw new UsageError(`--models: there is no workload "${given.trim()}"`, {
      fix: near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`,
    });
  });
}

function inChild(name: string, seconds: number, adapter: string): Promise<{ row: TrainRow; machine: Machine }> {
  return new Promise((resolve, reject) => {
    const child = fork(
      fileURLToPath(new URL('../train/train_child.js', import.meta.url)),
      ['measure', name, String(seconds), adapter],
      { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    );
    // Whoever stops this process means the child too.
    const stop = (): void => void child.kill('SIGKILL');
    process.once('exit', stop);
    child.on('message', (message: ChildMessage) => {
      if (message.kind === 'row') resolve(message);
      else if (message.code === 1) reject(new Error(message.message));
      else
        reject(
          new (message.code === 4 ? AdapterError : GpuError)(
            message.message,
            message.fix === null ? {} : { fix: message.fix },
          ),
        );
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      process.off('exit', stop);
      reject(
        new GpuError(`${name} ended without a result (${signal ?? `exit code ${code}`})`, {
          fix: 'see what it said above; it may have run out of memory',
        }),
      ); // nothing, when a result came
    });
  });
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0);

function sayProfile(row: TrainRow): void {
  if (row.kernels === null) return print(`\n${row.name}: this adapter has no timestamps`);
  const total = row.kernels.reduce((ms, k) => ms + k.milliseconds, 0);
  print(`\n${row.name}: GPU time of one step by kernel`);
  print(
    textTable(
      ['kernel', 'calls', 'ms', '%'],
      row.kernels.map((k) => [
        k.label,
        String(k.calls),
        number(k.milliseconds),
        ((100 * k.milliseconds) / total).toFixed(1),
      ]),
      ['left', 'right', 'right', 'right'],
    ),
  );
}

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(TRAIN_BENCH_OPTIONS, argv);
  const workloads = selectWorkloads(o['models'] === undefined ? undefined : String(o['models']));
  const out = o['out'] === undefined ? null : String(o['out']);
  const adapter = o['adapter'] === undefined ? '' : String(o['adapter']);
  await selectAdapter(adapter === '' ? undefined : adapter); // says what is wrong before a child is started
  const before = await coresWhenQuiet(say);
  adviseOnHost(before);
  const table = new LiveTable(
    [
      { header: 'workload', width: Math.max(8, ...workloads.map((w) => w.name.length)), align: 'left' },
      ...['ms/step', 'p20', 'p80', 'CPU ms', 'images/s', 'GPU ms', 'first ms', 'GPU MiB', 'RSS MiB'].map((header) => ({
        header,
        width: 8,
      })),
      { header: '', width: 0, align: 'left' },
    ],
    print,
  );
  const rows: TrainRow[] = [];
  let machine: Machine | null = null;
  for (const w of workloads) {
    const done = await inChild(w.name, Number(o['seconds']), adapter);
    if (machine === null) say(`adapter: ${done.machine.adapterName}\n`);
    machine = done.machine;
    const r = done.row;
    rows.push(r);
    table.row([
      r.name,
      number(r.ms),
      number(r.p20),
      number(r.p80),
      number(r.cpuMs),
      number(r.imagesPerSecond),
      number(r.gpuMs),
      number(r.firstMs),
      mebibytes(r.peakGpuBytes),
      mebibytes(r.peakRssBytes),
      r.noisy ? 'noisy' : '',
    ]);
  }
  if (o['profile'] === true) rows.forEach(sayProfile);
  const after = await effectiveCores();
  if (!areEnough(after)) adviseOnHost(after, 'at the end');
  const document: BenchDocument = {
    kind: 'train',
    ...(machine as Machine),
    effectiveCores: fewerCores(before, after),
    rows,
  };
  if (out !== null) await writeResults(out, document, null);
  if (o['json'] === true) printJson(document);
}
