export type Align = 'left' | 'right';

/**
 * A table for the terminal: columns two spaces apart, a rule under the headers, no spaces at line ends, no line break after the
 * last line. `align` is per column; missing columns are 'left'. A row may be short. Width is counted in UTF-16 units.
 */
export function textTable(headers: readonly string[], rows: readonly (readonly string[])[], align: readonly Align[] = []): string {
  const lines = [headers, ...rows];
  const widths = headers.map((_, c) => lines.reduce((width, line) => Math.max(width, (line[c] ?? '').length), 0));
  const format = (line: readonly string[]): string =>
    widths
      .map((width, c) => (align[c] === 'right' ? (line[c] ?? '').padStart(width) : (line[c] ?? '').padEnd(width)))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width));
  return [headers, rule, ...rows].map(format).join('\n');
}
