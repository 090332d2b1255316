/** The kernels of Muon (Jordan 2024): momentum into matrices, matrices made orthogonal, what weights take of them. */
import { defineKernel, floatBits, type BufferRange } from '../../device/kernel.js';
import { ROWS, type Layout } from '../../tensor/layout.js';
import { view, type Tensor } from '../../tensor/tensor.js';
import { flatWindow, looseWindow, requireBindable } from '../launch/checks.js';
import { rowWindows } from '../launch/windows.js';
import { matmul } from '../matmul/matmul.js';
import { reduce } from '../reduce/reduce.js';
import type { RateTable } from './optimizer.js';

const grid = 'common/grid.wgsl';
const momentumKernel = defineKernel({
  name: 'muon_momentum',
  file: 'optimizer/muon/momentum.wgsl',
  includes: [grid, 'optimizer/muon/place.wgsl'],
  bindings: ['read', 'read', 'write', 'write', 'params'],
});
const applyKernel = defineKernel({
  name: 'muon_apply',
  file: 'optimizer/muon/apply.wgsl',
  includes: [grid, 'optimizer/muon/place.wgsl', 'optimizer/parameter_rates.wgsl'],
  bindings: ['read', 'read', 'read', 'write', 'params'],
});
const normalizeKernel = defineKernel({
  name: 'muon_normalize',
  file: 'optimizer/muon/normalize.wgsl',
  includes: [grid],
  bindings: ['read', 'write', 'params'],
});
const axpbyKernel = defineKernel({
  name: 'axpby',
  file: 'optimizer/muon/axpby.wgsl',
  includes: [grid],
  bindings: ['read', 'write', 'params'],
});

/** A weight as Muon sees it: where it lies in flat memory, and which matrices it is. */
export interface MuonWeight {
  /** In elements; a multiple of 64. */
  readonly start: number;
  /** Matrices, rows and columns of each: a convolution's weight is one, (out, all the rest). */
  readonly matrices: number;
  readonly rows: number;
  readonly columns: number;
  /** How its elements lie. */
  readonly layout: Layout;
  /** Its row in the table of rates. */
  readonly group: number;
}

/** The coefficients of an iteration: steep at 0, so that small singular values grow fast; large ones sway for it. */
const [A, B, C] = [3.4445, -4.775, 2.0315];

/**
 * Each matrix of x (matrices, rows, columns) made nearly orthogonal: X = a X + (b G + c G G) X with G = X Xᵀ, beginning
 * with x divided by its norm. After five iterations singular values that are not very small lie between 0.7 and 1.2.
 * What x holds is lost.
 */
export function orthogonalized(x: Tensor, iterations: number): Tensor {
  const { device } = x;
  const [matrices, rows, columns] = x.shape;
  const squares = view(reduce('sum', x, [1, 2], { term: 'square' }), [matrices]);
  for (const [start, end] of rowWindows('muon_normalize', device, x.size, [1]))
    device.dispatch(normalizeKernel, {
      buffers: [squares.range, flatWindow(x, start, end)],
      params: [end - start, rows * columns, start],
      workgroups: Math.ceil((end - start) / 64),
    });
  const isWide = rows <= columns;
  let result = x;
  for (let i = 0; i < iterations; i++) {
    const gram = matmul(result, result, isWide ? { transposeB: true } : { transposeA: true });
    const factor = matmul(gram, gram);
    axpby_(B, gram, C, factor);
    const next = isWide ? matmul(factor, result) : matmul(result, factor);
    axpby_(A, result, 1, next);
    result = next;
  }
  return result;
}

/** y = a x + b y. */
function axpby_(a: number, x: Tensor, b: number, y: Tensor): void {
  const { device, size } = x;
  for (const [start, end] of rowWindows('axpby', device, size, [1])) {
    const count = Math.ceil((end - start) / 4);
    device.dispatch(axpbyKernel, {
      buffers: [flatWindow(x, start, end), flatWindow(y, start, end)],
      params: [count, floatBits(a), floatBits(b)],
      workgroups: Math.ceil(count / 64),
    });
  }
}

/** The part of x, the matrices of several weights, that is one weight's, and that weight's elements, in windows. */
function forWindows(
  w: MuonWeight,
  at: number,
  x: Tensor,
  body: (part: {
    readonly start: number;
    readonly end: number;
    readonly matrix: BufferRange;
    /** at, rows, fours. */
    readonly place: readonly number[];
  }) => void,
): void {
  const size = w.matrices * w.rows * w.columns;
  const { groups } = w.layout;
  const place = w.layout === ROWS ? [0, 0] : [w.rows / groups, w.columns / 4];
  // twice the room: where the matrix begins need not be where a binding may
  const windows = rowWindows('muon', x.device, Math.ceil(size / 64), [128]);
  if (windows.length > 1 && w.layout !== ROWS) requireBindable('muon', { x });
  for (const [first, last] of w.layout === ROWS ? windows : [[0, Math.ceil(size / 64)]]) {
    const [from, to] = [first * 64, Math.min(size, last * 64)];
    const { range, at: begins } = looseWindow(x, at + from, at + to);
    body({ start: w.start + from, end: w.start + to, matrix: range, place: [begins, ...place] });
  }
}

/** What Muon may be told of its momentum. */
export interface MuonSettings {
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** Moves the momentum m of a weight by its gradient, and puts what is to be made orthogonal at element `at` of x. */
export function muonMomentum_(
  w: MuonWeight,
  { grad, m, hyper }: { readonly grad: Tensor; readonly m: Tensor; readonly hyper: Tensor },
  x: Tensor,
  at: number,
  { momentum, nesterov }: MuonSettings,
): void {
  forWindows(w, at, x, ({ start, end, matrix, place }) =>
    x.device.dispatch(momentumKernel, {
      buffers: [hyper.range, flatWindow(grad, start, end), flatWindow(m, start, end), matrix],
      params: [end - start, floatBits(momentum), floatBits(1 - momentum), ...place],
      constants: { NESTEROV: nesterov ? 1 : 0, FILTER: w.layout === ROWS ? 0 : 1 },
      workgroups: Math.ceil((end - start) / 64),
    }),
  );
}

/**
 * Moves a weight along its matrices, at element `at` of x, by its rate times root(max(1, rows / columns)).
 * @param weightDecay holds without a table, as hyper's learning rate.
 */
export function muonApply_(
  w: MuonWeight,
  { weight, hyper }: { readonly weight: Tensor; readonly hyper: Tensor },
  x: Tensor,
  at: number,
  weightDecay: number,
  table: RateTable | null,
): void {
  const scale = Math.sqrt(Math.max(1, w.rows / w.columns));
  forWindows(w, at, x, ({ start, end, matrix, place }) =>
    x.device.dispatch(applyKernel, {
      buffers: [hyper.range, (table?.rates ?? hyper).range, matrix, flatWindow(weight, start, end)],
      params: [end - start, w.group, floatBits(scale), ...place, floatBits(weightDecay)],
      constants: { GROUPED: table === null ? 0 : 1, FILTER: w.layout === ROWS ? 0 : 1 },
      workgroups: Math.ceil((end - start) / 64),
    }),
  );
}
