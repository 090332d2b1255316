/** Steps of LAMB over flat memory: three dispatches, however many parameters there are. */
import type { Device } from '../../device/device.js';
import { ShapeError } from '../../device/errors.js';
import { defineKernel, floatBits } from '../../device/kernel.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { flatWindow } from '../launch/checks.js';
import { rateConstants, type RateTable } from './optimizer.js';

const rates = ['common/grid.wgsl', 'optimizer/parameter_rates.wgsl'];
const includes = [...rates, 'optimizer/bias_correction.wgsl', 'optimizer/lamb/common.wgsl'];
const momentsKernel = defineKernel({
  name: 'lamb_moments',
  file: 'optimizer/lamb/moments.wgsl',
  includes,
  bindings: ['read', 'read', 'read', 'read', 'read', 'write', 'write', 'write', 'params'],
});
const ratiosKernel = defineKernel({
  name: 'lamb_ratios',
  file: 'optimizer/lamb/ratios.wgsl',
  includes: [...rates, 'common/nan_lanes.wgsl'],
  bindings: ['read', 'read', 'read', 'read', 'write', 'params'],
});
const applyKernel = defineKernel({
  name: 'lamb_apply',
  file: 'optimizer/lamb/apply.wgsl',
  includes,
  bindings: ['read', 'read', 'read', 'read', 'read', 'read', 'write', 'params'],
});

/** What LAMB may be told, under timm's names. */
export interface LambSettings {
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
  /** No trust ratio is above 1. */
  readonly trustClip: boolean;
  /** Parameters without weight decay have a trust ratio too. */
  readonly alwaysAdapt: boolean;
}

/** Where a parameter lies in flat memory. */
export interface Segment {
  /** In elements; a multiple of 64. */
  readonly start: number;
  readonly size: number;
  /** Its row in the table of rates. */
  readonly group: number;
}

/** Flat memory cut into chunks, none of which holds more than one parameter. */
export interface Chunks {
  /** Words of (start, count, group, parameter) of each chunk, in vec4s. */
  readonly chunks: Uint32Array<ArrayBuffer>;
  /** Words of (first chunk, chunks, group, 0) of each parameter. */
  readonly spans: Uint32Array<ArrayBuffer>;
}

/** Elements of a chunk, at most: what a workgroup takes. */
const CHUNK = 4096;

/** The tables that `lamb_` is given on the device. Between parameters lies nothing but zeros, which add nothing. */
export function chunksOf(segments: readonly Segment[]): Chunks {
  const chunks: number[] = [];
  const spans: number[] = [];
  for (const [parameter, { start, size, group }] of segments.entries()) {
    const first = chunks.length / 4;
    for (let at = 0; at < size; at += CHUNK)
      chunks.push((start + at) / 4, Math.ceil(Math.min(CHUNK, size - at) / 4), group, parameter);
    spans.push(first, chunks.length / 4 - first, group, 0);
  }
  return { chunks: Uint32Array.from(chunks), spans: Uint32Array.from(spans) };
}

/** Ranges [first, last) of chunks whose elements fit a binding. */
function chunkWindows(device: Device, chunks: Uint32Array): (readonly [number, number])[] {
  const limit = device.maxBindingBytes / 16; // vec4s
  const windows: [number, number][] = [];
  for (let i = 0, first = 0; i < chunks.length / 4; i++) {
    const end = chunks[4 * i] + chunks[4 * i + 1];
    if (end - chunks[4 * first] > limit) first = i;
    if (end - chunks[4 * first] > limit)
      throw new ShapeError(`[lamb] the adapter can bind ${device.maxBindingBytes} bytes, less than a chunk of weights`);
    if (windows.at(-1)?.[0] === first) windows[windows.length - 1][1] = i + 1;
    else windows.push([first, i + 1]);
  }
  return windows;
}

/**
 * One step. weight, grad, m and v are flat; `host` has the chunks that `chunks` and `spans` (u32) hold on the device.
 * @param table as in `adam_`; the groups of its `groupOf` are those of `host`.
 */
export function lamb_(
  weight: Tensor,
  grad: Tensor,
  m: Tensor,
  v: Tensor,
  hyper: Tensor,
  { host, chunks, spans }: { readonly host: Chunks; readonly chunks: Tensor; readonly spans: Tensor },
  s: LambSettings,
  table: RateTable | null = null,
): void {
  const { device } = weight;
  const [count, parameters] = [host.chunks.length / 4, host.spans.length / 4];
  const squares = empty(device, [2 * count]);
  const ratios = empty(device, [parameters]);
  const [beta1, beta2] = s.betas;
  const words = [beta1, beta2, 1 - beta1, 1 - beta2, s.eps, s.weightDecay].map(floatBits);
  const constants = rateConstants(table);
  const groups = (table?.rates ?? hyper).range;
  const passes = (body: (first: number, last: number, part: (t: Tensor) => Tensor['range'], base: number) => void) => {
    for (const [first, last] of chunkWindows(device, host.chunks)) {
      const base = 4 * host.chunks[4 * first];
      const end = 4 * (host.chunks[4 * last - 4] + host.chunks[4 * last - 3]);
      body(first, last, (t) => flatWindow(t, base, end), base / 4);
    }
  };
  passes((first, last, part, base) =>
    device.dispatch(momentsKernel, {
      buffers: [hyper.range, groups, chunks.range, part(grad), part(weight), part(m), part(v), squares.range],
      params: [first, base, ...words, last - first],
      constants,
      workgroups: last - first,
    }),
  );
  device.dispatch(ratiosKernel, {
    buffers: [hyper.range, groups, spans.range, squares.range, ratios.range],
    params: [parameters, floatBits(s.weightDecay)],
    constants: { GROUPED: constants['GROUPED'], ALWAYS: s.alwaysAdapt ? 1 : 0, CLIP: s.trustClip ? 1 : 0 },
    workgroups: parameters,
  });
  passes((first, last, part, base) =>
    device.dispatch(applyKernel, {
      buffers: [hyper.range, groups, chunks.range, ratios.range, part(m), part(v), part(weight)],
      params: [first, base, ...words, last - first],
      constants,
      workgroups: last - first,
    }),
  );
}
