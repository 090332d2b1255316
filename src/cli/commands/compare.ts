/**
 * `weft compare`: trains several models with one recipe from several seeds, and writes one table, one picture, one
 * report.
 */
import { fileInfo, joinPath, readBytes, writeFileAtomic } from '#platform';
import type { DatasetSplits } from '../../data/dataset.js';
import { anyText, parseChecked } from '../../device/files/json_checks.js';
import { adapterLine, type AdapterSummary } from '../../device/adapter.js';
import { DivergedError, InterruptedError, ModelError } from '../../device/errors.js';
import { readCheckpoint } from '../../train/checkpoint.js';
import { compareChart } from '../../report/compare_chart.js';
import {
  cellsCsv,
  compareEntry,
  curvesCsv,
  validationName,
  type Cell,
  type FinishedCell,
} from '../../report/comparison.js';
import { lastEpochTable, mainTable, markdownReport, perClassTable } from '../../report/comparison_report.js';
import type { TrainConfig } from '../../train/config.js';
import { prepareWeights } from '../weights/starting_weights.js';
import { readSummary, RunFolder } from '../../report/run_folder.js';
import { requireSameProvenance } from '../../train/provenance.js';
import { textTable, type Table } from '../../report/table.js';
import { withDevice } from '../command.js';
import type { Parsed } from '../declared.js';
import { asTyped } from '../own/own_names.js';
import { planOf, type Plan } from '../options/compare_plan.js';
import { loadFor, loadOptionsOf } from '../options/images.js';
import { print, printJson, say } from '../output.js';
import { ownFolder } from '../own_folder.js';
import { withOptions } from '../settings.js';
import { configFile } from '../options/config_file.js';
import { runTraining } from '../training_run.js';
import { COMPARE_OPTIONS } from '../options/train_options.js';

export async function run(argv: Parsed): Promise<void> {
  const plan = await planOf(argv, await configFile(argv));
  const { diverged } = await ownFolder(plan.out, async () => {
    const done = await runCells(argv, plan);
    if (done.finished.length > 0)
      await report(plan, done.finished, done.diverged, done.adapter, commandLine(argv), argv['json'] === true);
    return done;
  });
  if (diverged.length > 0)
    throw new DivergedError(
      `${diverged.length} of ${plan.cells.length} runs diverged: ` +
        `${diverged.map((c) => `${c.label} seed ${c.config.seed}`).join(', ')}`,
      { fix: 'use a smaller --lr; the other runs are kept' },
    );
}

/**
 * A cell that an earlier command has finished. @throws DataError or ModelError when its data or pretrained weights have
 * changed since.
 */
async function finishedBefore(
  cell: Cell,
  load: (config: TrainConfig) => Promise<DatasetSplits>,
): Promise<FinishedCell | null> {
  const folder = new RunFolder(cell.run);
  if ((await fileInfo(folder.file('summary.json'))) === null) return null;
  const summary = await readSummary(folder);
  const checkpoint = await readCheckpoint(folder.file('last.safetensors'));
  await requireSameProvenance(checkpoint, () => load(cell.config));
  return { ...cell, summary, history: checkpoint.header.progress.history };
}

/** Reads the data of a cell; those of the last one stay at hand. */
function dataReader(argv: Parsed): (config: TrainConfig) => Promise<DatasetSplits> {
  let last: { readonly key: string; readonly splits: DatasetSplits } | null = null;
  return async (config) => {
    const key = JSON.stringify([config.data, loadOptionsOf(config)]);
    if (last?.key !== key) {
      last = null; // before the next ones are read: the memory may be wanted
      last = { key, splits: await loadFor(config.data, config, argv) };
    }
    return last.splits;
  };
}

/**
 * Looks at the weights that the cells start from, each file once. What has begun needs them no more. @throws ModelError
 */
async function tryWeights(cells: readonly Cell[]): Promise<void> {
  const tried = new Set<string>();
  for (const { run, config } of cells) {
    const what = `${config.model} ${config.pretrained}`;
    if (tried.has(what) || (await fileInfo(new RunFolder(run).file('last.safetensors'))) !== null) continue;
    tried.add(what);
    await prepareWeights(config);
  }
}

async function runCells(
  argv: Parsed,
  plan: Plan,
): Promise<{ finished: FinishedCell[]; diverged: Cell[]; adapter: string }> {
  const finished: FinishedCell[] = [];
  const diverged: Cell[] = [];
  let adapter = '';
  await tryWeights(plan.cells);
  const load = dataReader(argv);
  for (const [i, cell] of plan.cells.entries()) {
    const name = `${i + 1} of ${plan.cells.length}: ${cell.label}, seed ${cell.config.seed}`;
    // A run may be gone on with from elsewhere too (weft train --resume): each has a lock of its own beside the
    // comparison's.
    await ownFolder(cell.run, async () => {
      const before = await finishedBefore(cell, load);
      if (before !== null) {
        say(`${name}: done before (${cell.run})`);
        finished.push(before);
        return;
      }
      say(`\n${name}`);
      const folder = new RunFolder(cell.run);
      const resume =
        (await fileInfo(folder.file('last.safetensors'))) === null
          ? null
          : await readCheckpoint(folder.file('last.safetensors'));
      const splits = await load(cell.config);
      try {
        // A device of its own for each: what a resumed run was tuned with does not reach the next one.
        const done = await withDevice(
          argv,
          async (device) => (
            (adapter = device.name),
            runTraining(device, cell.config, splits, folder, resume, plan.capture)
          ),
        );
        finished.push({ ...cell, summary: done.summary, history: done.result.history });
      } catch (error) {
        if (error instanceof InterruptedError) say('the same weft compare command goes on where it stopped');
        if (!(error instanceof DivergedError)) throw error;
        say(`diverged: ${withOptions(error.text)}`);
        diverged.push(cell);
      }
    });
  }
  return { finished, diverged, adapter: adapter === '' ? await adapterOf(finished[0]) : adapter };
}

/** Where an earlier run was computed. @throws ModelError when its folder is damaged. */
async function adapterOf(cell: FinishedCell): Promise<string> {
  const file = new RunFolder(cell.run).file('environment.json');
  const fix = `remove ${cell.run} and compare again`;
  if ((await fileInfo(file)) === null) throw new ModelError(`${file}: there is no such file`, { fix });
  const { adapter } = parseChecked<{ adapter: AdapterSummary }>(new TextDecoder().decode(await readBytes(file)), file, {
    checks: { 'adapter.description': anyText },
    fix,
  });
  return adapterLine(adapter); // as the device that it was computed on is named
}

/** The command that makes this report, as one would type it. */
function commandLine(argv: Parsed): string {
  const words = Object.entries(argv).flatMap(([key, value]) => {
    if (!(key in COMPARE_OPTIONS) && key !== 'config') return [];
    if (value === undefined || key === 'out' || (key === 'capture' && value === true)) return [];
    return typeof value === 'boolean' ? [value ? `--${key}` : `--no-${key}`] : [`--${key}`, asTyped(String(value))];
  });
  return ['weft compare', ...(argv['name'] === undefined ? [] : [String(argv['name'])]), ...words].join(' ');
}

async function report(
  plan: Plan,
  finished: readonly FinishedCell[],
  diverged: readonly Cell[],
  adapter: string,
  command: string,
  json: boolean,
): Promise<void> {
  const labels = [...new Set(finished.map((c) => c.label))];
  const entries = labels.map((label) =>
    compareEntry(
      finished.filter((c) => c.label === label),
      diverged.filter((c) => c.label === label).map((c) => c.config.seed),
    ),
  );
  const validation = validationName(finished);
  const title = plan.title === 'Comparison' ? `${labels.join(', ')} on ${finished[0].config.data}` : plan.title;
  const { png, svg } = await compareChart(finished, title, validation);
  const write = (name: string, content: string | Uint8Array): void =>
    writeFileAtomic(joinPath(plan.out, name), content);
  write('curves.png', png);
  write('curves.svg', svg);
  write('curves.csv', curvesCsv(finished));
  write('compare.csv', cellsCsv(finished));
  const document = {
    title,
    command,
    adapter,
    entries,
    diverged: diverged.map((c) => ({ label: c.label, seed: c.config.seed })),
    cells: finished.map(({ label, config, run, summary }) => ({ label, config, run, summary })),
  };
  write('compare.json', `${JSON.stringify(document, null, 2)}\n`);
  write('report.md', markdownReport(entries, { title, command, adapter, cells: finished, diverged }));
  for (const table of [mainTable(entries), lastEpochTable(entries, validation), perClassTable(entries)])
    sayTable(table);
  say(
    `\n${joinPath(plan.out, 'report.md')}, with curves.png, curves.svg, compare.csv, curves.csv, compare.json; ` +
      `the runs are beside it`,
  );
  if (json) printJson({ out: plan.out, ...document });
}

function sayTable({ headers, rows }: Table): void {
  print(`\n${textTable(headers, rows, ['left', ...headers.slice(1).map(() => 'right' as const)])}`);
}
