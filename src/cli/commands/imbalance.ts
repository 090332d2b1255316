/** `weft imbalance`: few images of some classes. Runs every cell of a table of methods, and writes it. */
import { joinPath, writeFileAtomic } from '#platform';
import { readDataFile } from '../../data/files/data_file.js';
import { decodeText } from '../../data/tables/text.js';
import type { Device } from '../../device/device.js';
import { DataError, InterruptedError } from '../../device/errors.js';
import { attributeVectors, nameVectors } from '../../imbalance/class_vectors.js';
import { stageFolders, type Cell, type ClassVectors } from '../../imbalance/config.js';
import { fingerprint } from '../../imbalance/fingerprint.js';
import { METHODS } from '../../imbalance/methods.js';
import { checkCells, finishedCell, runCell, type CellResult } from '../../imbalance/run_cell.js';
import type { ImbalanceRun, StageHooks } from '../../imbalance/stages.js';
import {
  markdownReport,
  MEASURES,
  measureTable,
  perClassCsv,
  resultRows,
  resultsCsv,
  tableCells,
} from '../../imbalance/table.js';
import { tableChart } from '../../imbalance/table_chart.js';
import { prepareWeights } from '../weights/starting_weights.js';
import { textTable } from '../../report/table.js';
import { withDevice } from '../command.js';
import type { Parsed } from '../declared.js';
import { commandOf, imbalancePlan, type ImbalancePlan } from '../options/imbalance_plan.js';
import { loadFor } from '../options/images.js';
import { duration, percent, print, printJson, say, showLive } from '../output.js';
import { ownFolder } from '../own_folder.js';
import { ProgressLine } from '../progress.js';
import { StopSignals } from '../stop_signals.js';
import { reportPretrained } from '../options/transfer.js';

export async function run(argv: Parsed): Promise<void> {
  const plan = await imbalancePlan(argv);
  await ownFolder(plan.out, () => computeTable(argv, plan), true);
}

async function computeTable(argv: Parsed, asked: ImbalancePlan): Promise<void> {
  const { network } = asked.config;
  const table = asked.vectors?.file == null ? null : await readTable(asked.vectors.file);
  await prepareWeights(network);
  const { train, test } = await loadFor(network.data, network, argv);
  const classVectors = asked.vectors === null ? null : vectorsOf(train.classes, table);
  const plan = { ...asked, config: { ...asked.config, classVectors } };
  if (test === null)
    throw new DataError(`${train.name} has no test part, which the table is about`, {
      fix: 'give data with a test part, e.g. a test folder beside train',
    });
  checkCells({ config: plan.config, data: { train, test } }, plan.cells);
  await withDevice(argv, async (device) => {
    const results = await runCells(device, plan, { train, test });
    await report(plan, results, commandOf(argv), device.name, argv['json'] === true);
  });
}

interface Table {
  readonly file: string;
  readonly text: string;
}

/** A file of class vectors. @throws DataError when it cannot be read. */
async function readTable(file: string): Promise<Table> {
  return { file, text: decodeText(await readDataFile(file, { maxBytes: 2 ** 24 }), file).text };
}

/** What `cada` is told of the classes: a table, or their names. @throws DataError naming what is wrong. */
function vectorsOf(classes: readonly string[], table: Table | null): ClassVectors {
  const { name, features } = table === null ? nameVectors(classes) : attributeVectors(table.text, table.file, classes);
  return { of: name, values: [...features] };
}

async function runCells(device: Device, plan: ImbalancePlan, data: ImbalanceRun['data']): Promise<CellResult[]> {
  const about = await fingerprint(device, plan.config.network, [data.train, data.test]);
  const results: CellResult[] = [];
  const stop = new StopSignals();
  const began = performance.now();
  let computed = 0;
  try {
    for (const [i, cell] of plan.cells.entries()) {
      const name = `${i + 1} of ${plan.cells.length}: ${cell.method.name}, n_f ${cell.nF}, seed ${cell.seed}`;
      const folders = stageFolders(plan.config, cell, plan.out, about);
      let result = await finishedCell(folders);
      const isOld = result !== null;
      if (result === null) {
        if (stop.received !== null) throw new InterruptedError('stopped between two cells', stop.received);
        result = await computeCell({ device, config: plan.config, data }, cell, folders, name, stop);
        computed++;
      }
      results.push(result);
      const spent = (performance.now() - began) / 1000;
      const left =
        computed === 0
          ? ''
          : `, ${duration(spent)} spent, about ${duration((spent / computed) * (plan.cells.length - i - 1))} to go`;
      say(`${name}: acc ${percent(result.acc)}, acc_h ${percent(result.accH)}${isOld ? ' (done before)' : left}`);
    }
    return results;
  } catch (error) {
    if (error instanceof InterruptedError) say('finished cells are kept: the same command goes on where it stopped');
    throw error;
  } finally {
    stop.remove();
  }
}

async function computeCell(
  run: Omit<ImbalanceRun, 'hooks'>,
  cell: Cell,
  folders: ReturnType<typeof stageFolders>,
  name: string,
  stop: StopSignals,
): Promise<CellResult> {
  const line = new ProgressLine(run.config.network.epochs);
  const features = new FeatureLine();
  const hooks: StageHooks = {
    onStage: (what) => {
      say(`${name}: ${what}`);
      features.begin();
    },
    onPretrained: reportPretrained,
    onCompile: (done, total) => line.compile(done, total),
    onStep: (r) => line.step(r),
    onEpoch: (history) => line.epoch(history[history.length - 1]),
    onFeatures: (done, total) => features.show(done, total),
    interrupted: () => stop.received,
  };
  try {
    return await runCell({ ...run, hooks }, cell, folders);
  } finally {
    line.end();
  }
}

/** How far the backbone has come through a set of images; at its end, how long that took. */
class FeatureLine {
  #began = 0;

  begin(): void {
    this.#began = performance.now();
  }

  show(done: number, total: number): void {
    showLive(done === total ? '' : `features: ${done} of ${total}`);
    if (done < total) return;
    const seconds = (performance.now() - this.#began) / 1000;
    say(`features of ${total} images: ${seconds.toFixed(1)} s, ${Math.round(total / seconds)} images/s`);
    this.begin();
  }
}

async function report(
  plan: ImbalancePlan,
  results: readonly CellResult[],
  command: string,
  adapter: string,
  json: boolean,
): Promise<void> {
  const { out, nFs } = plan;
  const methods = plan.methods.map((m) => m.name);
  const sorted = methods.flatMap((method) =>
    nFs.flatMap((nF) => results.filter((r) => r.method === method && r.nF === nF)),
  );
  const cells = tableCells(sorted, methods, nFs);
  const { network } = plan.config;
  const title = `Few images of some classes: ${network.model} on ${network.data}`;
  const described = plan.methods.map((m) => [m.name, METHODS[m.name.replace(/:\d+$/, ':K')] ?? ''] as const);
  const { png, svg } = await tableChart(cells, title);
  const write = (name: string, content: string | Uint8Array): void => writeFileAtomic(joinPath(out, name), content);
  write('acc_h.png', png);
  write('acc_h.svg', svg);
  write('table.csv', resultsCsv(sorted));
  write('per_class.csv', perClassCsv(sorted));
  write('table.json', `${JSON.stringify(resultRows(sorted), null, 2)}\n`);
  write('table.md', markdownReport(cells, nFs, { title, command, adapter, methods: described }));
  for (const measures of MEASURES) {
    const { headers, rows } = measureTable(cells, nFs, measures);
    print(`\n${textTable(headers, rows, ['left', ...nFs.map(() => 'right' as const)])}`);
  }
  say(
    `\n${joinPath(out, 'table.md')}, with table.csv, table.json, per_class.csv, acc_h.png, acc_h.svg; each ` +
      `cell’s confusion matrix is in ${joinPath(out, 'stages')}`,
  );
  if (json) printJson({ out, title, command, adapter, rows: resultRows(sorted), cells });
}
