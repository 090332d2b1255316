/**
 * Comparing at edges: NaN with NaN, infinities exactly, other numbers relative to themselves. WGSL lets a driver take a
 * denormal for 0, as an operand and as a result; then what PyTorch has at that 0 is right too.
 */

/** The smallest normal f32: a result below may be 0. */
const SMALLEST_NORMAL = 2 ** -126;

export interface EdgeResult {
  readonly got: ArrayLike<number>;
  readonly expected: ArrayLike<number>;
  /** In float64: as right as `expected`. */
  readonly exact?: ArrayLike<number>;
  /** For each element, other elements of `expected` that are right as well. */
  readonly alternatives?: readonly (readonly number[])[];
  /** Relative to the element expected. */
  readonly tolerance: number;
  /** Of an element, for messages: its operands. */
  readonly at?: (i: number) => string;
}

/**
 * Cases compared so far, and the worst deviation of a finite one; `WEFT_OP_TABLE=1` prints them at the end of the
 * process.
 */
const tally = { count: 0, worst: 0, where: '' };
if (process.env['WEFT_OP_TABLE'] === '1') {
  process.on('exit', () => {
    process.stdout.write(
      `\nedges: ${tally.count} numbers compared, worst deviation ${tally.worst.toExponential(1)} (${tally.where})\n`,
    );
  });
}

/** Of what is added up, at most 1: what cancels is measured by it. Elementwise functions are measured by themselves. */
const cancelling = (expected: ArrayLike<number>): number =>
  Array.from(expected).reduce((m, v) => (Number.isFinite(v) ? Math.min(1, Math.max(m, Math.abs(v))) : m), 0);
/** Elementwise results that differ by no more are the same: formulas such as 1 + b - exp(b). */
const ELEMENTWISE_SCALE = 1e-9;

/**
 * 0 where they agree exactly, Infinity where they are of different kinds; else relative to the larger of what is
 * expected and `scale`.
 */
function deviation(got: number, expected: number, scale: number): number {
  if (Object.is(got, expected) || got === expected) return 0;
  if (!Number.isFinite(got) || !Number.isFinite(expected)) return Infinity;
  const off = Math.abs(got - expected);
  return off <= SMALLEST_NORMAL ? 0 : off / Math.max(Math.abs(expected), scale);
}

/** @throws Error that lists the first elements that differ. */
export function expectEdges(
  label: string,
  { got, expected, exact = expected, alternatives, tolerance, at = (i) => `element ${i}` }: EdgeResult,
): void {
  if (got.length !== expected.length) throw new Error(`${label}: ${got.length} elements, expected ${expected.length}`);
  const scale = alternatives === undefined ? cancelling(expected) : ELEMENTWISE_SCALE;
  const wrong: string[] = [];
  for (let i = 0; i < expected.length; i++) {
    const off = Math.min(
      ...[i, ...(alternatives?.[i] ?? [])].flatMap((k) => [
        deviation(got[i], expected[k], scale),
        deviation(got[i], exact[k], scale),
      ]),
    );
    tally.count++;
    if (off > tolerance) wrong.push(`${at(i)}: got ${got[i]}, expected ${expected[i]}`);
    else if (off > tally.worst) Object.assign(tally, { worst: off, where: `${label} at ${at(i)}` });
  }
  if (wrong.length > 0)
    throw new Error(
      `${label}: ${wrong.length} of ${expected.length} differ\n      ${wrong.slice(0, 12).join('\n      ')}`,
    );
}
