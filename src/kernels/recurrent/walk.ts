/**
 * How GPUs walk a whole sequence in one launch: a workgroup takes a few samples of one direction through all steps, and
 * its threads share the product with w_hh among them. Nothing of it is for adapters on which barriers are dear.
 */
import type { Device } from '../../device/device.js';
import type { Specialisation } from '../../device/wgsl.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Choice } from '../launch/family.js';
import { BUSY_WORKGROUPS } from '../launch/targets.js';
import { gathered, type Directions } from './directions.js';

/** Threads of a workgroup, where the adapter allows as many: what hides the loads of w_hh behind each other. */
const THREADS = 512;

/** Samples that a workgroup may take. w_hh is read once a step for all of them; more need too many registers. */
const WALK_ROWS = [1, 2, 4, 8] as const;

/**
 * Units past which a step is worth a launch of its own: a workgroup reads all of w_hh in each step, 16 H² bytes at 64 a
 * cycle, and 256 units are 16,384 cycles, as long as two launches take.
 */
const MOST_UNITS = 256;

/** As few samples as still give the card about a workgroup for each of its units. */
function walkRows(N: number): number {
  const groups = (BUSY_WORKGROUPS.gpu * 64) / THREADS;
  return WALK_ROWS.find((rows) => Math.ceil(N / rows) <= groups) ?? 8;
}

/**
 * Vec4s of a gate's row of w_hh that a thread keeps in registers from step to step: 64 numbers, which a workgroup of
 * that many threads has room for beside its sums, and which halve what is read in each step of 128 units.
 */
const WALK_KEPT = 4;

export interface WalkTile {
  readonly specialise: Specialisation;
  readonly workgroups: number;
}

interface Sizes {
  readonly N: number;
  readonly H: number;
}

/** A way to walk: samples of a workgroup, and what of w_hh its threads keep. */
export interface WalkChoice {
  readonly ROWS: number;
  readonly KEPT: number;
}

/** What the tuner may try, the default of GPUs among them. */
const WALKS: readonly WalkChoice[] = WALK_ROWS.flatMap((ROWS) => [
  { ROWS, KEPT: WALK_KEPT },
  { ROWS, KEPT: 0 },
]);

/** Numbers that a cell's part of its sums takes in workgroup memory, and what else of a cell lies there. */
interface WalkMemory {
  readonly part: number;
  readonly state: number;
}

/**
 * Threads of a pass, lanes beside each other times parts of the depth of their sums, within the adapter's limits.
 * @returns null where there is no such workgroup.
 */
function walkTile(
  { limits }: Device,
  { N, H }: Sizes,
  { ROWS: rows, KEPT }: WalkChoice,
  lanes: number,
  depth: number,
  mostParts: number,
  { part, state }: WalkMemory,
): WalkTile | null {
  const most = Math.min(THREADS, limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX);
  const fits = (parts: number): boolean =>
    rows * H * (4 * part * parts + 4 * state) <= limits.maxComputeWorkgroupStorageSize;
  const spread = (parts: number): number => Math.min(lanes, Math.floor(most / parts));
  let parts = mostParts;
  while (parts > 1 && (!fits(parts) || parts * 4 > H || spread(parts) < Math.min(32, lanes))) parts /= 2;
  if (H % 4 !== 0 || H > MOST_UNITS || !fits(parts)) return null;
  // Kept is what a thread needs of one lane: it may have no others, and all of it has to be there.
  const keeps = spread(parts) === lanes && depth % parts === 0 && depth / parts >= KEPT && rows <= 2;
  if (KEPT > 0 && !keeps) return null;
  const tile = { H, ROWS: rows, PARTS: parts, LANES: spread(parts), KEPT };
  return {
    specialise: Object.fromEntries(Object.entries(tile).map(([name, value]) => [name, `${value}u`])),
    workgroups: Math.ceil(N / rows),
  };
}

/** How a GPU walks the sequence; null where it cannot. */
export type Walk = (device: Device, sizes: Sizes, choice: WalkChoice) => WalkTile | null;

/** Numbers that a cell's gates take beside each other: three take the room of four. */
const room = (gates: number): number => (gates === 1 ? 1 : 4);

/** Forward: a lane is a unit, its sums are the gates; four parts read 64 bytes of a row of w_hh beside each other. */
export const forwardTile =
  (gates: number): Walk =>
  (device, sizes, choice) =>
    walkTile(device, sizes, choice, sizes.H, sizes.H / 4, 4, { part: room(gates), state: 2 });

/** Backward: a lane is four units. */
export const backwardTile =
  (gates: number): Walk =>
  (device, sizes, choice) =>
    walkTile(device, sizes, choice, sizes.H / 4, sizes.H, 16, { part: 1, state: room(gates) });

/** What the tuner may try of a problem on this adapter: nothing on one on which barriers are dear. */
export const walkChoices = (device: Device, problem: Sizes, walk: Walk): (Choice & WalkChoice)[] =>
  device.adapter.isSoftware
    ? []
    : WALKS.filter((w) => w.ROWS < 2 * problem.N && walk(device, problem, w) !== null).map((w) => ({
        variant: 'walk',
        ...w,
      }));

/** The way of GPUs, where there is one. */
export function defaultWalk(device: Device, problem: Sizes, walk: Walk): Choice | undefined {
  const walks = walkChoices(device, problem, walk).filter(({ ROWS }) => ROWS <= walkRows(problem.N));
  return walks.find(({ ROWS }) => ROWS === walks.at(-1)?.ROWS);
}

/**
 * A tensor of each direction as the kernels bind them: where they lie if one range spans them, as parameters of a model
 * do, else copies in one memory.
 */
export function besideEachOther(tensors: readonly Tensor[]): Directions {
  const [first, second] = tensors;
  if (second === undefined) return { each: tensors, stride: first.size };
  const stride = (second.byteOffset - first.byteOffset) / 4;
  const span = (stride + second.size) * 4;
  const isOneRange =
    tensors.length === 2 &&
    first.storage === second.storage &&
    stride >= first.size &&
    stride % 4 === 0 &&
    span <= first.device.maxBindingBytes;
  return isOneRange ? { each: tensors, stride } : gathered(tensors);
}
