/** `weft imbalance`: few images of some classes. Computes every cell of a table of methods, and writes it. */
import { joinPath, writeFileAtomic } from '#platform';
import { METHODS } from '../../imbalance/methods.js';
import type { CellResult } from '../../imbalance/run_cell.js';
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
import { textTable } from '../../report/table.js';
import { ImbalanceTable } from '../cells/imbalance_table.js';
import { runTable } from '../cells/run_table.js';
import type { Parsed } from '../declare/declared.js';
import { commandOf, imbalancePlan, type ImbalancePlan } from '../options/imbalance_plan.js';
import { print, printJson, say } from '../output.js';

export async function run(argv: Parsed): Promise<void> {
  const plan = await imbalancePlan(argv);
  await runTable({
    kind: 'imbalance',
    argv,
    file: null,
    out: plan.out,
    open: () => ImbalanceTable.open(argv, plan),
    report: (table) => {
      const results = table.cells.flatMap(({ key }) => table.results.get(key) ?? []);
      return report(plan, results, commandOf(argv), table.adapter, argv['json'] === true);
    },
  });
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
