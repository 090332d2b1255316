/** How a reduction is laid out over threads, and the family that its two kernels make. */
import { sizeOf, type WalkDim } from '../../tensor/shape.js';
import { sizeClass, type Family } from '../launch/family.js';
import { BUSY_WORKGROUPS, kindOf, type AdapterKind } from '../launch/targets.js';

export interface ReducePlan {
  /** Numbers that are read at once: 4 where memory allows it. */
  readonly lanes: 1 | 4;
  /** Neighbours in memory belong to neighbouring outputs. */
  readonly isColumns: boolean;
  /** Outputs, those of a vec4 counted once. */
  readonly outputs: number;
  /** Terms of an output, in vec4s where they are read so. */
  readonly elements: number;
  /** Sizes and strides in what is read at once. */
  readonly kept: readonly WalkDim[];
  readonly reduced: readonly WalkDim[];
  /** Threads of an output. */
  readonly threads: 1 | 8 | 64;
  /** Parts into which an output's terms are split. */
  readonly splits: number;
}

/** Outputs from which a thread each fills the machine. */
const MANY_OUTPUTS: Readonly<Record<AdapterKind, number>> = { software: 4096, gpu: 65536 };

/** Whether each output is made by one thread. */
const hasThreadEach = (outputs: number, elements: number, kind: AdapterKind): boolean =>
  outputs >= MANY_OUTPUTS[kind] || elements <= 4;

/** Up to this many terms (or vec4s of them) an output is made by 8 threads: barriers cost more than the terms. */
const SHORT = 1024;
/** An output is split where too few workgroups keep the adapter busy, as long as each thread keeps so many terms. */
const TERMS_PER_THREAD = 32;

/** Sizes and strides in vec4s; `dim` is the one whose neighbours a vec4 holds. */
const inFours = (dims: readonly WalkDim[], dim: WalkDim | undefined): WalkDim[] =>
  dims.map((d) => (d === dim ? { size: d.size / 4, strides: [1] } : { size: d.size, strides: [d.strides[0] / 4] }));

const isAligned = (dims: readonly WalkDim[]): boolean => dims.every((d) => d.size === 1 || d.strides[0] % 4 === 0);

/**
 * @param kept in order, outermost first. @param reduced two of them; the second is the inner one. @param kind of the
 * adapter that is to be kept busy.
 */
export function reducePlan(kept: readonly WalkDim[], reduced: readonly WalkDim[], kind: AdapterKind): ReducePlan {
  const lastKept = kept[kept.length - 1];
  const lastReduced = reduced[reduced.length - 1];
  const isColumns = lastKept.strides[0] === 1 && lastKept.size > 1;
  const inner = isColumns ? lastKept : lastReduced;
  const others = [...kept, ...reduced].filter((d) => d !== inner);
  const lanes = inner.strides[0] === 1 && inner.size % 4 === 0 && isAligned(others) ? 4 : 1;
  const [keptNow, reducedNow] = lanes === 4 ? [inFours(kept, inner), inFours(reduced, inner)] : [kept, reduced];
  const [outputs, elements] = [keptNow, reducedNow].map((dims) => sizeOf(dims.map((d) => d.size)));
  const threads = hasThreadEach(outputs, elements, kind)
    ? 1
    : isColumns || (elements <= SHORT && outputs >= 64)
      ? 8
      : 64;
  const groups = Math.ceil((outputs * threads) / 64);
  const splits = Math.max(
    1,
    Math.min(Math.floor(elements / (threads * TERMS_PER_THREAD)), Math.ceil(BUSY_WORKGROUPS[kind] / groups)),
  );
  return { lanes, isColumns, outputs, elements, kept: keptNow, reduced: reducedNow, threads, splits };
}

/** `naive`: a thread an output. `workgroup`: several threads an output, and vec4s. */
export const reduceFamily: Family<ReducePlan> = {
  name: 'reduce',
  shapeClass: (p) =>
    `${p.isColumns ? 'columns' : 'rows'} of ${p.lanes}, ${sizeClass(p.outputs)} outputs of ${sizeClass(p.elements)}`,
  candidates: () => [{ variant: 'naive' }, { variant: 'workgroup' }],
  defaultChoice: (device, p) => ({
    variant: p.lanes === 1 && hasThreadEach(p.outputs, p.elements, kindOf(device)) ? 'naive' : 'workgroup',
  }),
};
