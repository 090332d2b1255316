/**
 * `--shapes 256x256x256,1024x1024x1024`: other sizes for the ops that `--filter` selects. Commas part problems, `x`
 * parts sizes. What the sizes are depends on the op; for most they are the shape of its input.
 */
import { UsageError } from '../src/device/errors.js';
import { addmm, conv2d, convTranspose2d, linear, matmul, recurrent, type BenchRow } from './rows.js';

type Sizes = readonly number[];

interface Form {
  /** E.g. `MxKxN`; its letters count the sizes. */
  readonly letters: string;
  readonly row: (sizes: Sizes) => BenchRow;
}

const FORMS: Readonly<Record<string, Form>> = {
  matmul: { letters: 'MxKxN', row: ([M, K, N]) => matmul(M, K, N) },
  linear: { letters: 'MxKxN', row: ([M, K, N]) => linear(M, K, N) },
  addmm: { letters: 'MxKxN', row: ([M, K, N]) => addmm(M, K, N) },
  conv2d: { letters: 'NxCxHxWxOxk', row: ([N, C, H, W, O, k]) => conv2d(N, C, H, W, O, k) },
  conv_transpose2d: { letters: 'NxCxHxWxOxk', row: ([N, C, H, W, O, k]) => convTranspose2d(N, C, H, W, O, k) },
  lstm: { letters: 'TxBxIxH', row: ([T, B, I, H]) => recurrent('lstm', T, B, I, H) },
  gru: { letters: 'TxBxIxH', row: ([T, B, I, H]) => recurrent('gru', T, B, I, H) },
  rnn: { letters: 'TxBxIxH', row: ([T, B, I, H]) => recurrent('rnn', T, B, I, H) },
};

/** Ops whose other arguments fix the shape of their input. */
const FIXED: readonly string[] = ['reshape', 'expand', 'slice'];

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

/** What the sizes of an op are called: of those without letters of their own, the shape of the input. */
export function lettersOf(row: BenchRow): string | null {
  const own = FORMS[row.op];
  if (own !== undefined) return own.letters;
  const [x, ...others] = row.shapes;
  const isUniform = others.every((s) => s.length === x.length && s.every((n, d) => n === x[d]));
  if (FIXED.includes(row.op) || !isUniform) return null;
  return ['', 'R', 'RxC', 'BxRxC', 'NxCxHxW'][x.length] ?? null;
}

/** An elementwise op is measured on one long row and takes any shape. */
function takesAnyRank(row: BenchRow): boolean {
  return row.shapes[0].length === 1 && row.flops === 0;
}

/**
 * The row at other sizes.
 * @throws UsageError when the op cannot be given sizes, or takes another number of them.
 */
export function resize(row: BenchRow, sizes: Sizes): BenchRow {
  const letters = lettersOf(row);
  if (letters === null)
    throw new UsageError(`[${row.op}] takes no --shapes`, {
      fix: `narrow --filter to ops that do: ${Object.keys(FORMS).join(', ')}, and all with inputs of one shape`,
    });
  const count = letters.split('x').length;
  if (sizes.length !== count && !takesAnyRank(row)) {
    throw new UsageError(
      `[${row.op}] --shapes ${sizes.join('x')} has ${sizes.length} sizes, and ${row.op} takes ${letters}`,
      { fix: `give ${count} sizes, or narrow --filter: it selects ${row.op}` },
    );
  }
  const form = FORMS[row.op];
  return form === undefined ? { ...row, shapes: row.shapes.map(() => [...sizes]) } : form.row(sizes);
}
