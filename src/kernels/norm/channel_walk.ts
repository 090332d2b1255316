/**
 * The host's half of shaders/norm/channel_walk.wgsl: which workgroup walks which part of which channel of (N, C, P), or
 * of which four channels where x lies in fours of them.
 */
import type { Specialisation } from '../../device/wgsl.js';
import { sizeOf, type Shape } from '../../tensor/shape.js';
import { FOURS, ROWS, type Layout } from '../../tensor/layout.js';
import { rows, type Tensor } from '../../tensor/tensor.js';
import { FOUR_CHANNELS, lanesSpecialisation } from '../launch/lanes.js';
import { storedType } from '../launch/stored_as.js';
import { rowWindows } from '../launch/windows.js';
import { BUSY_WORKGROUPS, kindOf } from '../launch/targets.js';

export const CHANNEL_WALK = [
  'common/grid.wgsl',
  'common/lanes.wgsl',
  'norm/channel_walk.wgsl',
  'common/nan_lanes.wgsl',
];

const THREADS = 64;
/**
 * Planes of at most this many steps are walked by as many threads, and a workgroup walks several neighbouring channels.
 */
const SMALL_PLANE = 4;
/**
 * In fours of channels a workgroup walks more of them also where each thread would have less than this: the sums of
 * backward on (8, 512, 4, 4) took 0.89 ms with one four of channels to 64 threads, 0.39 ms with 8 here, 0.25 with 32.
 */
const FEW_FOURS = { software: 32, gpu: 8 };
/** Threads that walk a contiguous run side by side. */
const RUN = 8;
/** Elements that a thread of a map makes: what a workgroup looks up once for its channel is spread over them. */
const ELEMENTS_PER_THREAD = 16;
/** A reduction splits channels until there are about this many workgroups, if each thread keeps this many numbers. */
const WORKGROUPS = { software: 128, gpu: BUSY_WORKGROUPS.gpu };
const MAX_SPLITS = 64;
const NUMBERS_PER_THREAD = { software: 128, gpu: 64 };

export interface ChannelWindow {
  /** Images start..end. */
  readonly start: number;
  readonly end: number;
  /** The eight words of `Walk`. */
  readonly words: readonly number[];
  readonly workgroups: number;
}

export interface ChannelWalk {
  /** Parts into which a channel is split, in all windows together. */
  readonly slots: number;
  readonly windows: readonly ChannelWindow[];
  readonly constants: Readonly<Record<string, number>>;
  readonly specialise: Specialisation;
}

/** (N, C, …) as (N, C, P). */
export function channelShape(shape: Shape): readonly [N: number, C: number, P: number] {
  return [shape[0], shape[1], sizeOf(shape.slice(2))];
}

/** Channels, or fours of them, of a workgroup whose threads should have no fewer than `few` elements each. */
function channelsOfGroup(few: number, size: number, count: number, groupThreads: number): number {
  let channels = size <= SMALL_PLANE ? groupThreads / SMALL_PLANE : 1;
  while (channels * SMALL_PLANE < groupThreads && count * channels < few * groupThreads) channels *= 2;
  return channels;
}

/** In which layout batch normalisation reads x and all that goes with it. */
export const channelLayout = (x: Tensor): Layout => (x.layout === FOURS ? FOURS : ROWS);

/**
 * A reduction is split only as far as the machine needs it; a map, whose threads have no partial results, further.
 * @param x (N, C, …), as it lies.
 * @param groupThreads of a workgroup: 64, or a subgroup's lanes.
 */
export function channelWalk(
  op: string,
  { device, shape, dtype, layout }: Tensor,
  kind: 'reduce' | 'map',
  groupThreads = THREADS,
): ChannelWalk {
  const [N, channelsOfAll, P] = channelShape(shape);
  const isFours = layout === FOURS;
  const C = isFours ? channelsOfAll / 4 : channelsOfAll;
  const lanes = isFours || P % 4 === 0 ? 4 : 1;
  const size = isFours ? P : P / lanes;
  const kindOfAdapter = kindOf(device);
  const channels = channelsOfGroup(isFours ? FEW_FOURS[kindOfAdapter] : 0, size, N * size, groupThreads);
  const threads = groupThreads / channels;
  const runs = Math.max(1, threads / RUN); // of a workgroup, for each channel
  const tiles = Math.ceil(C / channels);
  let slots = 0;
  const windows = rowWindows(op, device, N, [channelsOfAll * P], dtype === 'f16').map(([start, end]) => {
    const count = (end - start) * size;
    const wanted =
      kind === 'map'
        ? Math.ceil(count / (threads * ELEMENTS_PER_THREAD))
        : Math.min(
            Math.ceil((count * lanes) / (threads * NUMBERS_PER_THREAD[kindOfAdapter])),
            Math.ceil(WORKGROUPS[kindOfAdapter] / tiles),
            MAX_SPLITS,
          );
    const run = Math.ceil(count / Math.max(1, wanted) / runs);
    const splits = Math.ceil(count / (run * runs)); // none is empty
    const words = [C, size, count, splits, run, Math.floor(threads / runs / size), (threads / runs) % size, slots];
    slots += splits;
    return { start, end, words, workgroups: tiles * splits };
  });
  const numbers = isFours ? FOUR_CHANNELS : lanesSpecialisation(lanes);
  const specialise = { ...numbers, E: storedType(dtype, lanes), THREADS: `${groupThreads}u` };
  return { slots, windows, constants: { CHANNELS: channels, RUN: threads / runs }, specialise };
}

/** Images start..end of x, as they lie. */
export function images(x: Tensor, { start, end }: Pick<ChannelWindow, 'start' | 'end'>): Tensor {
  return rows(x, start, end);
}
