/**
 * Scaled dot-product attention of many heads: y = softmax(scale q kᵀ + mask) v, whose scores are never written to
 * memory. Letters: q is (L, E), k (S, E), v (S, F), y (L, F), for each of `heads` heads of each of `items` items.
 * Backward makes the scores again, from what forward leaves of each row: log_sums, the logarithm of its sum of
 * exp(score). The tiling is that of Dao et al., "FlashAttention" (2022).
 */
import type { Device } from '../../device/device.js';
import { floatBits, type BufferRange } from '../../device/kernel.js';
import type { Specialisation } from '../../device/wgsl.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { requireBindable, requireFloat } from '../launch/checks.js';
import { choose, type Choice } from '../launch/family.js';
import { storedAs } from '../launch/stored_as.js';
import { attentionBackwardFamily, attentionFamily, type AttentionProblem } from './family.js';
import { inFours, placeOf, type AttentionSettings, type AttentionSizes, type Heads } from './heads.js';
import { BACKWARD_KERNELS, deltaKernel, FORWARD_KERNELS, type AttentionKernels } from './kernels.js';

const OP = 'scaled_dot_product_attention';

/** q, k and v, or their gradients. */
export interface Operands {
  readonly q: Heads;
  readonly k: Heads;
  readonly v: Heads;
}

/** What forward leaves for backward. */
export interface Attended {
  readonly y: Heads;
  /** (items, heads, L) f32. */
  readonly logSums: Tensor;
}

/** Rows of a launch and of what it walks over, in the words of shaders/attention/heads.wgsl. */
interface Roles {
  readonly own: Heads;
  readonly other: Heads;
  readonly own2: Heads;
  readonly other2: Heads;
  readonly result: Heads;
  readonly result2: Heads;
  readonly ofKeys: boolean;
}

function problemOf(sizes: AttentionSizes, operands: readonly Heads[]): AttentionProblem {
  return { ...sizes, isFours: sizes.E % 4 === 0 && sizes.F % 4 === 0 && inFours(operands) };
}

/** Workgroups of a member for so many rows of so many features, and its constants. */
function tilingOf(
  { variant, ...constants }: Choice,
  { adapter }: Device,
  pairs: number,
  rows: number,
  width: number,
): { readonly workgroups: number; readonly tile: Specialisation } {
  if (variant === 'naive') return { workgroups: Math.ceil((pairs * rows * width) / 64), tile: {} };
  const sizes = { ...constants, ...(variant === 'subgroup' ? { S: adapter.subgroupSize } : {}) };
  return {
    workgroups: pairs * Math.ceil(rows / Number(constants.ROWS ?? constants.TILE_ROWS)),
    tile: Object.fromEntries(Object.entries(sizes).map(([name, value]) => [name, `${Number(value)}u`])),
  };
}

/** @param bound the bindings but for the uniform. @param width features for which the obvious kernel has a thread. */
function launch(
  kernels: AttentionKernels,
  choice: Choice,
  { items, heads, L, S, E, F }: AttentionSizes,
  { scale, causal, mask }: AttentionSettings,
  { own, other, own2, other2, result, result2, ofKeys }: Roles,
  bound: readonly BufferRange[],
  width: number,
  more: Specialisation,
): void {
  const { device, dtype } = own.tensor;
  const [rows, columns] = ofKeys ? [S, L] : [L, S];
  const { workgroups, tile } = tilingOf(choice, device, items * heads, rows, width);
  device.dispatch(kernels[choice.variant as keyof AttentionKernels], {
    buffers: bound,
    params: [
      ...[own, other, own2, other2, result, result2].flatMap(placeOf),
      ...(mask?.strides ?? [0, 0, 0, 0]),
      ...[items * heads, heads, rows, columns, E, F, floatBits(scale)],
    ],
    constants: { HAS_MASK: mask === null ? 0 : 1, CAUSAL: causal ? 1 : 0 },
    specialise: {
      ...tile,
      OF_KEYS: String(ofKeys),
      ...more,
      ...storedAs(dtype, choice.variant === 'naive' ? { A: 1 } : { A4: 4 }),
    },
    workgroups,
  });
}

function requireOperands(
  { q, k, v }: Operands,
  results: Readonly<Record<string, Tensor>>,
  settings: AttentionSettings,
) {
  const operands = { q: q.tensor, k: k.tensor, v: v.tensor };
  requireFloat(OP, operands);
  requireBindable(OP, { ...operands, ...results, ...(settings.mask && { mask: settings.mask.tensor }) });
}

/**
 * Writes y, and returns what backward needs. All operands are f32, or all f16; sums and scores are f32.
 * @param y where it is written. @param choice forces a member of the family.
 * @throws ShapeError when an operand is larger than the adapter can bind.
 */
export function attention(
  { q, k, v }: Operands,
  y: Heads,
  sizes: AttentionSizes,
  settings: AttentionSettings,
  choice?: Choice,
): Attended {
  requireOperands({ q, k, v }, { y: y.tensor }, settings);
  const { device } = q.tensor;
  const logSums = empty(device, [sizes.items, sizes.heads, sizes.L]);
  if (y.tensor.size === 0) return { y, logSums };
  const chosen = choice ?? choose(attentionFamily, device, problemOf(sizes, [q, k, v, y]));
  const roles = { own: q, other: k, own2: q, other2: v, result: y, result2: y, ofKeys: false };
  const mask = settings.mask?.tensor.range ?? q.tensor.range; // or something to bind
  const bound = [q.tensor.range, k.tensor.range, v.tensor.range, mask, y.tensor.range, logSums.range];
  launch(FORWARD_KERNELS, chosen, sizes, settings, roles, bound, sizes.F, {});
  return { y, logSums };
}

/** The sums over f of dy y, for each row: (items, heads, L). */
function deltasOf(dy: Heads, { y }: Attended, { items, heads, L, F }: AttentionSizes): Tensor {
  const { device, dtype } = dy.tensor;
  const deltas = empty(device, [items, heads, L]);
  device.dispatch(deltaKernel, {
    buffers: [dy.tensor.range, y.tensor.range, deltas.range],
    params: [...placeOf(dy), ...placeOf(y), deltas.size, heads, L, F],
    specialise: storedAs(dtype, { A: 1 }),
    workgroups: Math.ceil(deltas.size / 64),
  });
  return deltas;
}

/**
 * Writes the gradients of q, k and v: `into`, tensors of their own or one for all three. dk and dv are made together.
 * @param needs whether dq is wanted, and whether dk and dv are.
 */
export function attentionBackward(
  dy: Heads,
  { q, k, v }: Operands,
  attended: Attended,
  into: Operands,
  sizes: AttentionSizes,
  settings: AttentionSettings,
  needs: { readonly q: boolean; readonly kv: boolean },
  choice?: Choice,
): void {
  const [dq, dk, dv] = [into.q, into.k, into.v];
  requireOperands({ q, k, v }, { dq: dq.tensor, dk: dk.tensor, dv: dv.tensor }, settings);
  const { device } = q.tensor;
  const isFours = [q, k, v, dy, dq, dk, dv];
  const chosen = choice ?? choose(attentionBackwardFamily, device, problemOf(sizes, isFours));
  const deltas = deltasOf(dy, attended, sizes);
  const { logSums } = attended;
  const mask = settings.mask?.tensor.range ?? logSums.range;
  const pass = (roles: Roles): void => {
    const { own, other, own2, other2, result, result2 } = roles;
    const shared = result2.tensor === result.tensor;
    const second = shared ? empty(device, [1]) : result2.tensor; // WebGPU refuses to bind one range twice for writing
    const read = [own, other, own2, other2].map((of) => of.tensor.range);
    const bound = [...read, mask, result.tensor.range, second.range, logSums.range, deltas.range];
    const width = Math.max(sizes.E, sizes.F);
    launch(BACKWARD_KERNELS, chosen, sizes, settings, roles, bound, width, { SHARED: String(shared) });
  };
  if (needs.q && dq.tensor.size > 0)
    pass({ own: q, other: k, own2: dy, other2: v, result: dq, result2: dq, ofKeys: false });
  if (needs.kv && dk.tensor.size + dv.tensor.size > 0)
    pass({ own: k, other: q, own2: v, other2: dy, result: dk, result2: dv, ofKeys: true });
}
