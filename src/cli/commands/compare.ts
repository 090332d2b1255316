/**
 * `weft compare`: trains several models with one recipe from several seeds, and writes one table, one picture, one
 * report.
 */
import { fileInfo, joinPath, readBytes, writeFileAtomic } from '#platform';
import { anyText, parseChecked } from '../../device/files/json_checks.js';
import { adapterLine, type AdapterSummary } from '../../device/adapter.js';
import { DivergedError, ModelError } from '../../device/errors.js';
import { compareChart } from '../../report/compare/compare_chart.js';
import {
  cellsCsv,
  compareEntry,
  curvesCsv,
  validationName,
  type Cell,
  type FinishedCell,
} from '../../report/compare/comparison.js';
import { lastEpochTable, mainTable, markdownReport, perClassTable } from '../../report/compare/comparison_report.js';
import { RunFolder } from '../../report/run_folder.js';
import { textTable, type Table } from '../../report/table.js';
import { CompareTable } from '../cells/compare_table.js';
import { runTable } from '../cells/run_table.js';
import type { Parsed } from '../declare/declared.js';
import { compareRuns, runsAmong } from './compare_runs.js';
import { asTyped } from '../own/own_names.js';
import { planOf, type Plan } from '../options/compare_plan.js';
import { print, printJson, say } from '../output.js';
import { configFile } from '../options/config_file.js';
import { COMPARE_OPTIONS } from '../options/train/train_options.js';

export async function run({ names, ...rest }: Parsed): Promise<void> {
  const words = (names as readonly string[] | undefined) ?? [];
  const runs = await runsAmong(words);
  if (runs !== null) return compareRuns(runs, rest);
  const argv = words.length === 0 ? rest : { ...rest, name: words[0] };
  const file = await configFile(argv, 'compare');
  const plan = await planOf(argv, file);
  const open = async (): Promise<CompareTable> => {
    const table = new CompareTable(argv, plan);
    await table.tryAllWeights();
    return table;
  };
  await runTable({ kind: 'compare', argv, file, out: plan.out, open, report: (table) => reportAll(argv, plan, table) });
}

async function reportAll(argv: Parsed, plan: Plan, table: CompareTable): Promise<void> {
  const finished = table.cells.flatMap(({ key }) => table.finished.get(key) ?? []);
  const diverged = table.cells.flatMap(({ key }) => table.diverged.get(key) ?? []);
  if (finished.length > 0) {
    const adapter = table.adapter === '' ? await adapterOf(finished[0]) : table.adapter;
    await report(plan, finished, diverged, adapter, commandLine(argv), argv['json'] === true);
  }
  if (diverged.length > 0)
    throw new DivergedError(
      `${diverged.length} of ${plan.cells.length} runs diverged: ` +
        `${diverged.map((c) => `${c.label} seed ${c.config.seed}`).join(', ')}`,
      { fix: 'use a smaller --lr; the other runs are kept' },
    );
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
