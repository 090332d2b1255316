/**
 * A classifier and its loss in one, for many classes: losses of logits x wᵀ + bias that exist a window of classes at a
 * time, in memory that is used again. x (N, D), w (C, D), bias (C), label (N) u32. With one window the gradient takes
 * the logits' place; with several they are computed again, a third more work of the classifier's for memory that does
 * not grow with N x C.
 */
import type { Device } from '../../device/device.js';
import { ShapeError } from '../../device/errors.js';
import { defineKernel, floatBits } from '../../device/kernel.js';
import { formatShape, sameShape } from '../../tensor/shape.js';
import { empty, rows, Tensor } from '../../tensor/tensor.js';
import { add_ } from '../elementwise/accumulate.js';
import { requireBindable, requireF32 } from '../launch/checks.js';
import { matmul } from '../matmul/matmul.js';
import { reduce } from '../reduce/reduce.js';

const kernel = defineKernel({
  name: 'linear_cross_entropy',
  file: 'loss/linear_cross_entropy.wgsl',
  includes: ['common/grid.wgsl', 'loss/row_workgroup.wgsl', 'common/nan.wgsl'],
  bindings: ['read', 'read', 'write', 'write', 'write', 'params'],
});
const backwardKernel = defineKernel({
  name: 'linear_cross_entropy_backward',
  file: 'loss/linear_cross_entropy_backward.wgsl',
  includes: ['common/grid.wgsl', 'common/nan.wgsl'],
  bindings: ['write', 'read', 'read', 'read', 'params'],
});

/**
 * Logits of a window, unless a batch is so large that 64 classes of it are more: 8 MiB, small beside activations, and
 * large products.
 */
export const WINDOW_ELEMENTS = 2 ** 21;

/** What labels count where head and loss are one. */
export interface LinearCrossEntropySettings {
  /** This share of each label is spread evenly over all classes. Default 0. */
  readonly labelSmoothing?: number;
  /** (N) u32: takes the class of each row's largest logit, the first of equals. */
  readonly best?: Tensor | null;
  /** The most logits of a window. Default WINDOW_ELEMENTS. */
  readonly windowElements?: number;
}

/** What the gradient needs of the losses. */
export interface LossState {
  /** (N, 4): each row's largest logit, the sum of exp(logit - largest), and two numbers of the loss. */
  readonly rows: Tensor;
  /** The logits, where they are one window. The gradient takes their place, once. */
  logits: Tensor | null;
}

/** Ranges of classes whose logits fit a window; each starts where rows of w and elements of the bias can be bound. */
function classWindows(device: Device, N: number, C: number, elements: number): (readonly [number, number])[] {
  const most = Math.min(elements, Math.floor(device.maxBindingBytes / 4));
  const width = Math.max(64, Math.floor(most / Math.max(1, N) / 64) * 64);
  return Array.from({ length: Math.ceil(C / width) }, (_, i) => [i * width, Math.min(C, (i + 1) * width)] as const);
}

function requireShapes(
  x: Tensor,
  w: Tensor,
  bias: Tensor | null,
  label: Tensor,
  { labelSmoothing = 0, best }: LinearCrossEntropySettings,
): void {
  const op = 'linear_cross_entropy';
  requireF32(op, { x, w, ...(bias === null ? {} : { bias }) });
  const [N, D] = x.shape;
  if (x.rank !== 2 || w.rank !== 2 || w.shape[1] !== D)
    throw new ShapeError(`[${op}] x ${formatShape(x.shape)} and w ${formatShape(w.shape)} are not (N, D) and (C, D)`);
  if (w.shape[0] === 0) throw new ShapeError(`[${op}] w ${formatShape(w.shape)} has no classes`);
  if (bias !== null && !sameShape(bias.shape, [w.shape[0]]))
    throw new ShapeError(
      `[${op}] bias ${formatShape(bias.shape)} does not fit w ${formatShape(w.shape)}: expected (${w.shape[0]},)`,
    );
  for (const [name, t] of Object.entries({ label, ...(best ? { best } : {}) })) {
    if (t.dtype !== 'u32' || !sameShape(t.shape, [N]))
      throw new ShapeError(
        `[${op}] x ${formatShape(x.shape)} needs ${name} (${N},) u32, got ${formatShape(t.shape)} ${t.dtype}`,
      );
  }
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new ShapeError(`[${op}] labelSmoothing ${labelSmoothing} is not from 0 to 1`);
}

/** The window's part of a tensor over classes. */
const part = (t: Tensor | null, [start, end]: readonly [number, number]): Tensor | null =>
  t === null ? null : rows(t, start, end);

/** Logits of a window of classes, (N, end - start), at the front of `room`. */
function logitsInto(
  room: Tensor,
  x: Tensor,
  w: Tensor,
  bias: Tensor | null,
  window: readonly [number, number],
): Tensor {
  const into = new Tensor(room.storage, 0, [x.shape[0], window[1] - window[0]], 'f32');
  return matmul(x, rows(w, ...window), { transposeB: true, bias: part(bias, window), into });
}

/** Brings what is known of each row up to date with the logits z of a window. */
function addWindow(
  z: Tensor,
  start: number,
  C: number,
  label: Tensor,
  labelSmoothing: number,
  to: { readonly state: Tensor; readonly best: Tensor; readonly loss: Tensor },
): void {
  requireBindable('linear_cross_entropy', { logits: z });
  const [N, width] = z.shape;
  z.device.dispatch(kernel, {
    buffers: [z, label, to.state, to.best, to.loss].map((t) => t.range),
    params: [N, width, start, C, floatBits(labelSmoothing)],
    workgroups: N,
  });
}

/** Losses (N), and what their gradient needs. @throws ShapeError when sizes disagree. */
export function linearCrossEntropy(
  x: Tensor,
  w: Tensor,
  bias: Tensor | null,
  label: Tensor,
  settings: LinearCrossEntropySettings = {},
): { loss: Tensor; state: LossState } {
  requireShapes(x, w, bias, label, settings);
  const { device } = x;
  const [[N], [C]] = [x.shape, w.shape];
  const { labelSmoothing = 0, windowElements = WINDOW_ELEMENTS } = settings;
  const to = {
    state: empty(device, [N, 4]),
    best: settings.best ?? empty(device, [N], 'u32'),
    loss: empty(device, [N]),
  };
  if (N === 0) return { loss: to.loss, state: { rows: to.state, logits: null } };
  const windows = classWindows(device, N, C, windowElements);
  const room = empty(device, [N, windows[0][1]]);
  for (const window of windows)
    addWindow(logitsInto(room, x, w, bias, window), window[0], C, label, labelSmoothing, to);
  if (windows.length === 1) return { loss: to.loss, state: { rows: to.state, logits: room } };
  room.release();
  return { loss: to.loss, state: { rows: to.state, logits: null } };
}

/**
 * Losses (N) and the class of the largest logit (N) u32, of logits (N, C) that exist already. No memory of their size
 * is added.
 */
export function lossesOfLogits(z: Tensor, label: Tensor): { loss: Tensor; best: Tensor } {
  const { device } = z;
  const [N, C] = z.shape;
  const to = { state: empty(device, [N, 4]), best: empty(device, [N], 'u32'), loss: empty(device, [N]) };
  if (N > 0) addWindow(z, 0, C, label, 0, to);
  return to;
}

export interface LinearCrossEntropyGradients {
  readonly dx: Tensor | null;
  readonly dw: Tensor | null;
  readonly db: Tensor | null;
}

/**
 * Gradients of the losses for dy (N); null where they are not needed.
 * @param into where dw (C, D) and db (C) may be written; memory of their own where null.
 */
export function linearCrossEntropyBackward(
  dy: Tensor,
  x: Tensor,
  w: Tensor,
  bias: Tensor | null,
  label: Tensor,
  state: LossState,
  settings: LinearCrossEntropySettings,
  needs: { readonly x: boolean; readonly w: boolean; readonly bias: boolean },
  into: { readonly w: Tensor | null; readonly bias: Tensor | null },
): LinearCrossEntropyGradients {
  const { device } = x;
  const [[N, D], [C]] = [x.shape, w.shape];
  const { labelSmoothing = 0, windowElements = WINDOW_ELEMENTS } = settings;
  const windows = classWindows(device, N, C, windowElements);
  const kept = state.logits;
  state.logits = null;
  const room = kept ?? empty(device, [N, windows[0][1]]);
  const dw = needs.w ? (into.w ?? empty(device, [C, D])) : null;
  const db = needs.bias ? (into.bias ?? empty(device, [C])) : null;
  let dx: Tensor | null = null;
  for (const window of windows) {
    const z = kept ?? logitsInto(room, x, w, bias, window);
    if (N > 0)
      device.dispatch(backwardKernel, {
        buffers: [z, label, state.rows, dy].map((t) => t.range),
        params: [N, z.shape[1], window[0], C, floatBits(labelSmoothing)],
        workgroups: N,
      });
    const [dwPart, dbPart] = [part(dw, window), part(db, window)];
    if (dwPart !== null)
      // reads all of z, and sums its columns on the way
      matmul(z, x, { transposeA: true, into: dwPart, rowSums: dbPart });
    else if (dbPart !== null) {
      const sums = reduce('sum', z, [0]);
      device.copy(sums.storage, sums.byteOffset, dbPart.storage, dbPart.byteOffset, dbPart.size * 4);
    }
    if (!needs.x) continue;
    const dxPart = matmul(z, rows(w, ...window));
    if (dx === null) dx = dxPart;
    else {
      add_(dx, dxPart);
      dxPart.release();
    }
  }
  room.release();
  return { dx, dw, db };
}
