/** Tables, for the terminal and in Markdown. */
import { forMarkdown } from '../text/markdown.js';
import { visible } from '../text/visible.js';
import { columnsOf, shortened } from '../text/width.js';

export type Align = 'left' | 'right';

/**
 * A longer cell is cut, so that one long name does not push all others out of sight; not in the last column, where
 * nothing follows.
 */
const MAX_CELL = 48;

/**
 * A table for the terminal: columns two spaces apart, a rule under the headers, no spaces at line ends, no line break
 * after the last line. `align` is per column; missing columns are 'left'. A row may be short. Widths are columns of a
 * terminal; cells may be text from data.
 */
export function textTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly Align[] = [],
): string {
  const prepare = (cell: string, c: number): string =>
    c === headers.length - 1 ? visible(cell) : shortened(visible(cell), MAX_CELL);
  const lines = [headers, ...rows].map((line) => line.map(prepare));
  const widths = headers.map((_, c) => lines.reduce((width, line) => Math.max(width, columnsOf(line[c] ?? '')), 0));
  const format = (line: readonly string[]): string =>
    widths
      .map((width, c) => {
        const cell = line[c] ?? '';
        const room = ' '.repeat(width - columnsOf(cell));
        return align[c] === 'right' ? room + cell : cell + room;
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width));
  const [head, ...rest] = lines;
  return [head, rule, ...rest].map(format).join('\n');
}

export interface Table {
  readonly headers: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A table in markdown, numbers to the right. */
export function markdownTable({ headers, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(forMarkdown).join(' | ')} |`;
  return [line(headers), line(headers.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
