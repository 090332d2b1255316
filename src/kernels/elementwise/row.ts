/** What a row of the elementwise tables says. Every field that has no default must be there, or it does not compile. */

/** What autocast makes of an op: see autograd/autocast.ts. Left out: f16 is cast to f32 first. */
type RowPrecision = 'keep' | 'same';

interface Row {
  /** One sentence for readers of docs/api.md, with the source of the formula where it has one. */
  readonly doc: string;
  /** The same in PyTorch, in terms of the operands and the arguments by name: where its vectors come from. */
  readonly torch: string;
  /** Names and defaults of the arguments, p0 and p1 in this order. */
  readonly args?: Readonly<Record<string, number>>;
  /** Other values of the arguments, with which it is tested as well. */
  readonly tested?: readonly Readonly<Record<string, number>>[];
  readonly precision?: RowPrecision;
  /**
   * Its public function is written by hand in autograd/ops, because one function serves two rows or its arguments are
   * no plain numbers. Else the row's name in camelCase is the function: `(x, ...arguments)`, `(a, b)`.
   */
  readonly handWritten?: true;
}

export interface UnaryRow extends Row {
  /** y, in terms of x and the arguments p0, p1. */
  readonly y: string;
  /** d loss / dx, in terms of dy, of the saved x or y, and of p0, p1; null where the op has no gradient. */
  readonly dx: string | null;
  /** y is right for NaN as it stands. All other rows give NaN there: `forwardOf` sees to it. */
  readonly takesNan?: true;
  /** Which of x and y the derivative needs. */
  readonly saves: 'x' | 'y' | 'none';
  readonly cpu: (x: number, p0: number, p1: number) => number;
  /** Where tests draw x from; away from poles and kinks by `gap`. */
  readonly domain: readonly [number, number];
  /** Kinks: tests keep x this far from the listed points when they check gradients; PyTorch is asked on them. */
  readonly kinks?: readonly number[];
  /** Other points at which PyTorch is asked; default 0. */
  readonly points?: readonly number[];
  /** Its class in torch.nn, which `nn` and `nn.functional` then have as well; null where torch.nn has none. */
  readonly layer: string | null;
}

export interface BinaryRow extends Row {
  /** In terms of a, b and the argument p0. */
  readonly y: string;
  /** In terms of a, b, y, dy and p0; null where the op has no gradient. */
  readonly da: string | null;
  readonly db: string | null;
  readonly cpu: (a: number, b: number, p0: number) => number;
  readonly domainA: readonly [number, number];
  readonly domainB: readonly [number, number];
  /** Tests draw whole numbers, so that ties occur. */
  readonly integers?: true;
}
