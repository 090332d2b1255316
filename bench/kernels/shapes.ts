/**
 * `--shapes 256x256x256,1024x1024x1024`: other sizes for the ops that `--filter` selects. Commas part problems, `x`
 * parts sizes. What the sizes are depends on the op; for most they are the shape of its input.
 */
import { UsageError } from '../../src/device/errors.js';
import { opSpecs } from '../../src/cases/index.js';
import { lettersOf, resized, type BenchRow } from '../../src/cases/bench_rows.js';

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

/**
 * The row at other sizes.
 * @throws UsageError when the op cannot be given sizes, or takes another number of them.
 */
export function resize(row: BenchRow, sizes: readonly number[]): BenchRow {
  const { op } = row.spec;
  const letters = lettersOf(row);
  if (letters === null)
    throw new UsageError(`[${op}] takes no --shapes`, {
      fix: `narrow --filter to ops that do: ${withLetters()}, and all with inputs of one shape`,
    });
  const other = resized(row, sizes);
  if (other === null)
    throw new UsageError(`[${op}] --shapes ${sizes.join('x')} has ${sizes.length} sizes, and ${op} takes ${letters}`, {
      fix: `give ${letters.split('x').length} sizes, or narrow --filter: it selects ${op}`,
    });
  return other;
}
