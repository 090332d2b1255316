/** `--list-cells`: a command for each group of cells, one a line. */
import { groupsOf } from '../../cells/cell.js';
import { planFile, type CellPlan } from '../../cells/plan.js';
import type { Parsed } from '../declare/declared.js';
import { shellWord } from '../../text/shell_word.js';
import { print, printJson, say } from '../output.js';

/** The words after `weft` that compute cells of a plan, with what was said of the device. */
export function cellWords(keys: readonly string[], plan: string, { adapter, tune }: Parsed): string[] {
  return [
    ...['cell', ...keys, '--plan', plan],
    ...(adapter === undefined ? [] : ['--adapter', String(adapter)]),
    ...(tune === false ? ['--no-tune'] : []),
  ];
}

export function printCells(plan: CellPlan, out: string, argv: Parsed): void {
  const groups = groupsOf(plan.cells).map(({ name, cells }) => {
    const keys = cells.map((c) => c.key);
    const words = ['npx', 'weftgrad', ...cellWords(keys, planFile(out), argv)];
    return { group: name, keys, command: words.map(shellWord).join(' ') };
  });
  if (argv['json'] === true) printJson({ out, plan: planFile(out), groups });
  else for (const { command } of groups) print(command);
  say(
    `${plan.cells.length} cells in ${groups.length} ${groups.length === 1 ? 'line' : 'lines'}; run them in this ` +
      `folder, then the same command without --list-cells makes the table`,
  );
}
