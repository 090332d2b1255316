/** `weft compare RUN RUN`: finished runs side by side; nothing is trained. */
import { resolve } from 'node:path';
import { joinPath, writeFileAtomic } from '#platform';
import { UsageError } from '../../device/errors.js';
import { compareChart } from '../../report/compare/compare_chart.js';
import { compareEntry, validationName } from '../../report/compare/comparison.js';
import { lastEpochTable, mainTable, perClassTable } from '../../report/compare/comparison_report.js';
import { comparedPairs, differences, isRunFolder, pairTable, readFinishedRun } from '../../report/finished/runs.js';
import { markdownTable, textTable, type Table } from '../../report/table.js';
import type { Parsed } from '../declare/declared.js';
import { print, printJson, say } from '../output.js';
import { ownFolder } from '../own_folder.js';

/** What the comparison of finished runs takes. */
const TAKEN: readonly string[] = ['names', 'out', 'json'];

/** The folders of runs among the words; null: it is a preset, or none. @throws UsageError for a mixture. */
export async function runsAmong(words: readonly string[]): Promise<readonly string[] | null> {
  const are = await Promise.all(words.map(isRunFolder));
  if (!are.includes(true)) {
    if (words.length > 1)
      throw new UsageError(`${words.join(', ')}: none of these is the folder of a run`, {
        fix: 'give the folders of two or more finished runs, or one preset',
      });
    return null;
  }
  const foreign = words.filter((_, i) => !are[i]);
  if (foreign.length > 0)
    throw new UsageError(`${foreign.join(', ')}: no run folder, beside ${words.find((_, i) => are[i])}, which is one`, {
      fix: 'give folders of finished runs only, or one preset',
    });
  const once = words.filter((word, i) => words.findIndex((other) => resolve(other) === resolve(word)) === i);
  if (once.length < 2) throw new UsageError(`${words[0]} is one run`, { fix: 'give two or more to compare' });
  return once;
}

export async function compareRuns(folders: readonly string[], argv: Parsed): Promise<void> {
  const foreign = Object.keys(argv).find((name) => !TAKEN.includes(name) && argv[name] !== undefined);
  if (foreign !== undefined)
    throw new UsageError(`--${foreign} is for runs that are to be trained; these are over`, { fix: 'leave it out' });
  const runs = await Promise.all(folders.map(readFinishedRun));
  const entries = runs.map((run) => compareEntry([run]));
  const watched = validationName(runs);
  const pairs = comparedPairs(runs);
  const tables: (readonly [string, Table])[] = [
    ['Settings that differ', differences(runs)],
    ['Accuracy', mainTable(entries)],
    ['Last epoch', lastEpochTable(entries, watched)],
    ['The same images', pairTable(pairs)],
    ['Accuracy per class, %', perClassTable(entries)],
  ];
  for (const [title, { headers, rows }] of tables)
    print(`\n${title}\n${textTable(headers, rows, ['left', ...headers.slice(1).map(() => 'right' as const)])}`);
  const document = { runs: entries, differences: differences(runs).rows, pairs };
  if (argv['out'] !== undefined) {
    const out = String(argv['out']);
    await ownFolder(out, async () => {
      const { png, svg } = await compareChart(runs, 'Finished runs', watched);
      const parts = tables.map(([title, table]) => `## ${title}\n\n${markdownTable(table)}`);
      for (const [name, content] of [
        ['curves.png', png],
        ['curves.svg', svg],
        ['report.md', `# Finished runs\n\n![curves](curves.png)\n\n${parts.join('\n\n')}\n`],
        ['compare.json', `${JSON.stringify(document, null, 2)}\n`],
      ] as const)
        writeFileAtomic(joinPath(out, name), content);
      say(`\n${joinPath(out, 'report.md')}, with curves.png, curves.svg, compare.json`);
    });
  }
  if (argv['json'] === true) printJson(document);
}
