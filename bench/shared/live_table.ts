/** A table that is printed row by row, while what fills it still runs: its columns have fixed widths. */
import type { Align } from '../../src/report/table.js';

export interface Column {
  readonly header: string;
  readonly width: number;
  /** Default right: numbers. */
  readonly align?: Align;
}

export class LiveTable {
  readonly #columns: readonly Column[];
  readonly #say: (line: string) => void;
  #isOpen = false;

  constructor(columns: readonly Column[], say: (line: string) => void) {
    this.#columns = columns;
    this.#say = say;
  }

  row(cells: readonly string[]): void {
    if (!this.#isOpen) {
      this.#line(this.#columns.map((c) => c.header));
      this.#line(this.#columns.map((c) => '-'.repeat(c.width)));
    }
    this.#isOpen = true;
    this.#line(cells);
  }

  #line(cells: readonly string[]): void {
    this.#say(
      this.#columns
        .map(({ width, align }, i) =>
          align === 'left' ? (cells[i] ?? '').padEnd(width) : (cells[i] ?? '').padStart(width),
        )
        .join('  ')
        .trimEnd(),
    );
  }
}

/** Three or four digits that count: 0.0123, 1.23, 12.3, 1234. Nothing for null. */
export function number(x: number | null): string {
  if (x === null) return '';
  if (x >= 100) return x.toFixed(0);
  return x >= 10 ? x.toFixed(1) : x >= 1 ? x.toFixed(2) : x >= 0.1 ? x.toFixed(3) : x.toFixed(4);
}
