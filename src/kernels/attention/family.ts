/** The members of attention, forward and backward: which adapters can run them, and with which tiles. */
import type { Device } from '../../device/device.js';
import { sizeClass, type Choice, type Family } from '../launch/family.js';
import { hasFittingSubgroups, subgroupRows } from '../matmul/family.js';
import type { AttentionSizes } from './heads.js';

export interface AttentionProblem extends AttentionSizes {
  /** All rows begin on whole fours: else the obvious kernel alone can read them. */
  readonly isFours: boolean;
}

/** Fours of features of a row that a lane or thread keeps at most: the shaders have no more names. */
const MOST_PASSES = 4;

/** Threads beside each other in the member with shared memory. */
const THREADS_ACROSS = 8;

/**
 * Rows of a tile and of a thread, and columns that it takes at a time. The first is the default of a GPU: RDNA 2 keeps
 * four waves of it, three of the other, and it leaves registers for wide heads.
 */
const TILES = [
  { TILE_ROWS: 32, THREAD_ROWS: 4, TILE_COLUMNS: 32 },
  { TILE_ROWS: 64, THREAD_ROWS: 8, TILE_COLUMNS: 32 },
];

/** Fours of sums that a thread keeps: more would not stay in the registers of a GPU. */
const MOST_SUMS = 16;

/** Features that are in workgroup memory at a time. */
const TILE_DEPTH = 8;

/** How often all lanes together take 4 features each until a row of `width` is done. */
const passesOf = (width: number, lanes: number): number => Math.ceil(width / (4 * lanes));

function subgroupChoices(device: Device, { L, E, F, isFours }: AttentionProblem): Choice[] {
  const S = device.adapter.subgroupSize;
  const PASSES = passesOf(Math.max(E, F), S);
  if (!isFours || !hasFittingSubgroups(device) || PASSES > MOST_PASSES) return [];
  return subgroupRows(S, L)
    .reverse()
    .map((ROWS) => ({ variant: 'subgroup', ROWS, PASSES }));
}

/** Bytes of workgroup memory: see attention/workgroup.wgsl and workgroup_backward.wgsl. */
function bytesOf({ TILE_ROWS, TILE_COLUMNS }: (typeof TILES)[number], PASSES: number, results: number): number {
  const scores = results * TILE_COLUMNS * (TILE_ROWS / 4 + 1);
  const products = TILE_DEPTH * (TILE_ROWS / 4 + TILE_COLUMNS / 4 + 2);
  const values = TILE_DEPTH * (PASSES * THREADS_ACROSS + 1);
  return 16 * (scores + Math.max(products, values)) + 12 * TILE_ROWS;
}

/** @param results that a row keeps sums for: y; or dk and dv. */
function workgroupChoices({ adapter, limits }: Device, { E, F, isFours }: AttentionProblem, results: number): Choice[] {
  const PASSES = passesOf(Math.max(E, F), THREADS_ACROSS);
  if (!isFours || PASSES > MOST_PASSES) return [];
  // tests run one on software adapters, which have no use for them
  return (adapter.isSoftware ? TILES.slice(0, 1) : TILES)
    .filter(
      (tile) =>
        bytesOf(tile, PASSES, results) <= limits.maxComputeWorkgroupStorageSize &&
        tile.THREAD_ROWS * PASSES * results <= Math.max(MOST_SUMS, 4 * PASSES * results),
    )
    .map((tile) => ({ variant: 'workgroup', ...tile, PASSES }));
}

function familyOf(name: string, results: number): Family<AttentionProblem> {
  const ordered = (device: Device, problem: AttentionProblem): Choice[] => {
    const workgroup = workgroupChoices(device, problem, results);
    const subgroup = subgroupChoices(device, problem);
    // barriers are dear on a CPU, and cheap on a GPU
    return device.adapter.isSoftware ? [...subgroup, ...workgroup] : [...workgroup, ...subgroup];
  };
  return {
    name,
    shapeClass: ({ items, heads, L, S, E, F, isFours }) =>
      `B${sizeClass(items * heads)} L${sizeClass(L)} S${sizeClass(S)} E${E} F${F}${isFours ? '' : ' odd'}`,
    candidates: (device, problem) => [...ordered(device, problem), { variant: 'naive' }],
    defaultChoice: (device, problem) => ordered(device, problem).at(0) ?? { variant: 'naive' },
  };
}

export const attentionFamily = familyOf('attention', 1);
export const attentionBackwardFamily = familyOf('attention_backward', 2);
