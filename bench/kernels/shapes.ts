/**
 * `--shapes 256x256x256,1024x1024x1024`: other sizes for the ops that `--filter` selects. Commas part problems, `x`
 * parts sizes. What the sizes are depends on the op; for most they are the shape of its input.
 */
import { UsageError } from '../../src/device/errors.js';
import { opSpecs } from '../../src/cases/index.js';
import type { BenchRow } from './rows.js';

/** @throws UsageError unless the text is sizes joined by x, problems joined by commas. */
export function parseShapes(text: string): number[][] {
  return text.split(',').map((problem) => {
    const sizes = problem
      .trim()
      .split('x')
      .map((word) => (/^[1-9]\d*$/.test(word) ? Number(word) : Number.NaN));
    if (sizes.some((n) => !Number.isSafeInteger(n))) {
      throw new UsageError(`--shapes "${text}": "${problem.trim()}" is not whole numbers joined by x`, {
        fix: "e.g. --filter '^matmul' --shapes 256x256x256,1024x1024x1024",
      });
    }
    return sizes;
  });
}

const withLetters = (): string =>
  opSpecs
    .filter((s) => s.benchSizes)
    .map((s) => s.op)
    .join(', ');

/** What the sizes of an op are called: of those without letters of their own, the shape of the input. */
export function lettersOf(row: BenchRow): string | null {
  const own = row.spec.benchSizes;
  if (own !== undefined) return own?.letters ?? null;
  const [x, ...others] = row.shapes;
  const isUniform = others.every((s) => s.length === x.length && s.every((n, d) => n === x[d]));
  if (!isUniform) return null;
  return ['', 'R', 'RxC', 'BxRxC', 'NxCxHxW'][x.length] ?? null;
}

/** An elementwise op is measured on one long row and takes any shape. */
function takesAnyRank(row: BenchRow): boolean {
  return row.shapes[0].length === 1 && (row.flops ?? 0) === 0;
}

/**
 * The row at other sizes.
 * @throws UsageError when the op cannot be given sizes, or takes another number of them.
 */
export function resize(row: BenchRow, sizes: readonly number[]): BenchRow {
  const { op, benchSizes } = row.spec;
  const letters = lettersOf(row);
  if (letters === null)
    throw new UsageError(`[${op}] takes no --shapes`, {
      fix: `narrow --filter to ops that do: ${withLetters()}, and all with inputs of one shape`,
    });
  const count = letters.split('x').length;
  if (sizes.length !== count && !takesAnyRank(row)) {
    throw new UsageError(`[${op}] --shapes ${sizes.join('x')} has ${sizes.length} sizes, and ${op} takes ${letters}`, {
      fix: `give ${count} sizes, or narrow --filter: it selects ${op}`,
    });
  }
  return benchSizes
    ? { spec: row.spec, ...benchSizes.case(sizes) }
    : { ...row, shapes: row.shapes.map(() => [...sizes]) };
}
