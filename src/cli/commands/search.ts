/**
 * `weft search`: draws configurations of a space, trains them, and finds the best by its validation images. Computed
 * wave by wave, here, by other processes or on a queue.
 */
import { joinPath, writeFileAtomic } from '#platform';
import { groupsOf } from '../../cells/cell.js';
import { savePlan } from '../../cells/plan.js';
import { epochsSpent, progressOf, type Progress } from '../../search/asha.js';
import { parallelChart, rungChart, type ShownTrial } from '../../search/charts.js';
import { toCsv } from '../../report/csv.js';
import { markdownTable, textTable, type Table } from '../../report/table.js';
import { inThisProcess, requireOver } from '../cells/executor.js';
import { makePlan } from '../cells/make_plan.js';
import { EXECUTOR_OPTIONS } from '../cells/options.js';
import { runElsewhere, wayOf } from '../cells/run_table.js';
import { SearchTable } from '../cells/search_table.js';
import type { Parsed } from '../declare/declared.js';
import { resolveOptions } from '../options/options.js';
import { runOf, searchPlanOf, spaceFile, wordsOf, type SearchPlan, type Trial } from '../options/search_plan.js';
import { percent, print, printJson, say } from '../output.js';
import { ownFolder } from '../own_folder.js';

export async function run(argv: Parsed): Promise<void> {
  const file = await spaceFile(String(argv['space']));
  const plan = await searchPlanOf(file, argv);
  const open = (): Promise<SearchTable> => SearchTable.open(argv, plan);
  const report = (table: SearchTable): Promise<void> => reportSearch(table, argv['json'] === true);
  const asked = { kind: 'search', argv, file, out: plan.out, open, report } as const;
  const o = resolveOptions(EXECUTOR_OPTIONS, argv);
  const way = wayOf(argv);
  if (way === 'status') return (await import('../cells/status.js')).showStatus(asked);
  await ownFolder(plan.out, async () => {
    const table = await open();
    for (let { next } = await table.refresh(); next.length > 0; { next } = await table.refresh()) {
      const wave = table.cells.slice(-next.length);
      if (way === 'here') {
        await inThisProcess(table).run(groupsOf(wave));
        continue;
      }
      const cells = await makePlan('search', argv, file, table);
      savePlan(plan.out, cells);
      const waiting = cells.cells.slice(-next.length);
      if (way === 'list-cells')
        return (await import('../cells/list_cells.js')).printCells({ ...cells, cells: waiting }, plan.out, argv);
      await runElsewhere(way, cells, asked, o, groupsOf(waiting));
      await requireOver(plan.out, wave);
    }
    await report(table);
  });
}

/** A trial and what it came to. */
interface Ranked extends ShownTrial {
  readonly trial: Trial;
  readonly test: number | null;
}

/** Trials that were measured, the best of the highest rung first. */
async function ranked(table: SearchTable): Promise<Ranked[]> {
  const { plan, results } = table;
  const all: Ranked[] = [];
  for (const trial of plan.trials) {
    const reached = [...plan.rungs.keys()].filter((rung) => results.get({ trial: trial.number, rung }) != null);
    const rung = reached.at(-1);
    const { history, summary } = await table.outcomeOf(trial);
    const accuracy = rung === undefined ? null : (results.get({ trial: trial.number, rung }) ?? null);
    const test = summary?.split === 'test' ? summary.accuracy : null;
    all.push({ trial, number: trial.number, drawn: trial.drawn, rung: rung ?? -1, accuracy, history, test });
  }
  return all.sort((a, b) => (b.accuracy ?? -1) - (a.accuracy ?? -1) || b.rung - a.rung || a.number - b.number);
}

function tableOf({ varied, rungs }: SearchPlan, trials: readonly Ranked[]): Table {
  return {
    headers: ['trial', ...varied, 'epochs', 'validation', 'test'],
    rows: trials.map((t) => [
      String(t.number),
      ...varied.map((key) => (t.drawn[key] === undefined ? '' : String(t.drawn[key]))),
      t.rung < 0 ? 'diverged' : String(rungs[t.rung]),
      percent(t.accuracy),
      percent(t.test),
    ]),
  };
}

/** Rows of the table on the terminal. */
const SHOWN = 10;

async function reportSearch(table: SearchTable, json: boolean): Promise<void> {
  const { plan } = table;
  const { done }: Progress = progressOf(plan.settings, plan.rungs.length, table.results);
  const trials = await ranked(table);
  const [best] = trials;
  const spent = epochsSpent(done, plan.rungs);
  const write = (name: string, content: string | Uint8Array): void =>
    writeFileAtomic(joinPath(plan.out, name), content);
  const whole = tableOf(plan, trials);
  const parallel = await parallelChart(trials, plan.varied, `${plan.title}: what was tried`);
  const rungs = await rungChart(trials, plan.rungs, `${plan.title}: the trials, and how far they went`);
  for (const [name, { png, svg }] of [
    ['parallel', parallel],
    ['rungs', rungs],
  ] as const) {
    write(`${name}.png`, png);
    write(`${name}.svg`, svg);
  }
  write('trials.csv', toCsv(whole.headers, whole.rows));
  const about =
    `${plan.settings.method}, seed ${plan.settings.seed}: ${done.flat().filter((j) => j.rung === 0).length} trials, ` +
    `${spent} epochs in all; rungs at ${plan.rungs.join(', ')} epochs`;
  const bestWords = `trial ${best.number} (${wordsOf(best.drawn)}): ${percent(best.accuracy)} of the validation images`;
  write(
    'report.md',
    `# ${plan.title}\n\n${about}.\n\nBest: ${bestWords}. Its run is in \`${best.trial.name}\`.\n\n` +
      `![](parallel.svg)\n\n![](rungs.svg)\n\n${markdownTable(whole)}\n`,
  );
  const document = {
    settings: plan.settings,
    rungs: plan.rungs,
    epochs: spent,
    best: {
      trial: best.number,
      drawn: best.drawn,
      run: runOf(plan, best.trial),
      validation: best.accuracy,
      test: best.test,
    },
    trials: trials.map(({ number, drawn, rung, accuracy, test }) => ({
      trial: number,
      drawn,
      epochs: rung < 0 ? null : plan.rungs[rung],
      validation: accuracy,
      test,
    })),
  };
  write('search.json', `${JSON.stringify(document, null, 2)}\n`);
  print(
    `\n${textTable(
      whole.headers,
      whole.rows.slice(0, SHOWN),
      whole.headers.map(() => 'right' as const),
    )}`,
  );
  say(`\n${about}\nbest: ${bestWords}; its run: ${runOf(plan, best.trial)}`);
  say(`${joinPath(plan.out, 'report.md')}, with parallel.png, rungs.png, trials.csv, search.json`);
  if (json) printJson({ out: plan.out, ...document });
}
