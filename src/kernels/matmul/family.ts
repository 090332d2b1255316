/** The members of matmul, which adapters can run them, and with which tiles. */
import type { Device } from '../../device/device.js';
import { sizeClass, type Choice, type Family } from '../launch/family.js';
import { byEstimate, type TiledProduct } from '../launch/gpu_estimate.js';
import { matrixThread, matrixTiles } from '../launch/matrix_units.js';

export interface MatmulProblem {
  readonly batch: number;
  readonly M: number;
  readonly N: number;
  readonly K: number;
  /** Stored (K, M), and (N, K). */
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Whether operands may be rounded to halves, because one of them is. */
  readonly isHalf?: boolean;
}

/** Members with subgroups are written for one known size that is a multiple of 4. */
export function hasFittingSubgroups({ adapter, features }: Device): boolean {
  return features.has('subgroups') && adapter.subgroupSize >= 4 && adapter.subgroupSize <= 32;
}

/**
 * Rows of a subgroup's tile: multiples of its size, none much taller than M needs. Past 16 neither lavapipe nor RADV
 * unrolls the loops over the tile, and its sums leave the registers: 4 to 10 times slower here, 64 KiB of scratch
 * there. None where subgroups are larger.
 */
export function subgroupRows(S: number, M: number): number[] {
  return [4, 8, 16].filter((rows) => rows % S === 0 && rows < M + Math.max(S, 8));
}

/** Tiles of the member with shared memory, large ones first: small ones fill a GPU with small products. */
const TILES = [
  { TILE_M: 128, TILE_N: 128, TILE_K: 16, THREAD_M: 8, THREAD_N: 8 },
  { TILE_M: 64, TILE_N: 128, TILE_K: 16, THREAD_M: 8, THREAD_N: 8 },
  { TILE_M: 64, TILE_N: 64, TILE_K: 16, THREAD_M: 8, THREAD_N: 8 },
  { TILE_M: 64, TILE_N: 64, TILE_K: 16, THREAD_M: 8, THREAD_N: 4 },
  { TILE_M: 32, TILE_N: 64, TILE_K: 16, THREAD_M: 8, THREAD_N: 4 },
  { TILE_M: 32, TILE_N: 32, TILE_K: 16, THREAD_M: 4, THREAD_N: 4 },
];

/** Tiles and numbers of parts that the tuner tries on a GPU, the most promising first. */
const MOST_TILES = 12;

/** Those tiles that the adapter can run; on a GPU the one first that is expected to be fastest. */
function workgroupChoices(device: Device, problem: MatmulProblem): Choice[] {
  const { adapter, limits } = device;
  const choices = TILES.filter((tile) => {
    const threads = (tile.TILE_M / tile.THREAD_M) * (tile.TILE_N / tile.THREAD_N);
    const bytes = tile.TILE_K * (tile.TILE_M / 4 + tile.TILE_N / 4 + 2) * 16;
    return (
      threads <= Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX) &&
      bytes <= limits.maxComputeWorkgroupStorageSize
    );
  }).map((tile) => ({ variant: 'workgroup', ...tile }));
  // tests run these on software adapters, which have no use for them and take long to compile large ones
  if (adapter.isSoftware) return choices.filter(({ THREAD_M, THREAD_N }) => THREAD_M * THREAD_N === 16);
  const split = choices.flatMap((tile) => splitCounts(device, problem).map((SPLITS) => ({ ...tile, SPLITS })));
  return byEstimate([...choices, ...split], (choice) => productOf(choice, problem));
}

function productOf(tile: Readonly<Record<string, unknown>>, { batch, M, N, K }: MatmulProblem): TiledProduct {
  const { TILE_M, TILE_N, THREAD_M, THREAD_N, SPLITS = 1 } = tile as Readonly<Record<string, number>>;
  return {
    rows: M,
    columns: N,
    depth: K,
    batch,
    tileRows: TILE_M,
    tileColumns: TILE_N,
    threadRows: THREAD_M,
    threadColumns: THREAD_N,
    splits: SPLITS,
  };
}

/** Tiles of the member for matrix units: candidates where an operand is stored in halves. */
function matrixChoices(device: Device, problem: MatmulProblem): Choice[] {
  if (problem.isHalf !== true) return [];
  const tiles = matrixTiles(device).flatMap((tile) =>
    [{}, ...splitCounts(device, problem).map((SPLITS) => ({ SPLITS }))].map((parts) => ({ ...tile, ...parts })),
  );
  return byEstimate(tiles, (tile) => ({ ...productOf(tile, problem), ...matrixThread(tile) }))
    .slice(0, MOST_TILES)
    .map((tile): Choice => ({ variant: 'matrix', ...tile }));
}

/** Tiles of a thread: rows and vec4s of a row. CPUs have no use for more threads than lanes; GPUs start with 64. */
const REGISTERS = [
  { ROWS: 8, COLUMNS: 1 },
  { ROWS: 4, COLUMNS: 1 },
  { ROWS: 4, COLUMNS: 2 },
  { ROWS: 8, COLUMNS: 2 },
];

function registerChoices({ adapter }: Device, M: number): Choice[] {
  const threads = { THREADS_M: adapter.isSoftware ? 1 : 8, THREADS_N: 8 };
  return REGISTERS.filter(({ ROWS }) => ROWS === 4 || M > 4).map((tile) => ({
    variant: 'register',
    ...tile,
    ...threads,
  }));
}

/** Whether K falls into so many equal parts of whole fours. */
export function canSplit({ batch, K }: { readonly batch: number; readonly K: number }, splits: number): boolean {
  return batch === 1 && K % (4 * splits) === 0;
}

/** Elements of c past which its tiles are many enough, by the kind of adapter. */
const LARGEST_SPLIT = { software: 256 * 256, gpu: 1024 * 1024 };

/**
 * Numbers of parts worth a try: a part is long enough to pay for the sums that it writes, and c small enough that its
 * tiles are few.
 */
function splitCounts({ adapter }: Device, problem: MatmulProblem): number[] {
  return problem.M * problem.N > LARGEST_SPLIT[adapter.isSoftware ? 'software' : 'gpu']
    ? []
    : [2, 4, 8, 16].filter((splits) => canSplit(problem, splits) && problem.K >= 64 * splits);
}

function tiledDefault(device: Device, problem: MatmulProblem): Choice {
  const { M } = problem;
  const S = device.adapter.subgroupSize;
  // Barriers are dear on a CPU, and cheap on a GPU.
  if (!device.adapter.isSoftware)
    return matrixChoices(device, problem)[0] ?? workgroupChoices(device, problem)[0] ?? registerChoices(device, M)[0];
  if (hasFittingSubgroups(device)) return { variant: 'subgroup', ROWS: subgroupRows(S, M).at(-1) ?? S };
  return registerChoices(device, M)[0];
}

export const matmulFamily: Family<MatmulProblem> = {
  name: 'matmul',
  shapeClass: ({ batch, M, N, K, transposeA, transposeB, isHalf }) =>
    `${isHalf === true ? 'f16 ' : ''}${batch > 1 ? `B${sizeClass(batch)} ` : ''}M${sizeClass(M)} N${sizeClass(N)} ` +
    `K${sizeClass(K)}${transposeA ? ' aT' : ''}${transposeB ? ' bT' : ''}`,
  candidates: (device, problem) => {
    const S = device.adapter.subgroupSize;
    const subgroup = hasFittingSubgroups(device)
      ? subgroupRows(S, problem.M).map((ROWS): Choice => ({ variant: 'subgroup', ROWS }))
      : [];
    const workgroup = workgroupChoices(device, problem);
    const register = registerChoices(device, problem.M);
    if (!device.adapter.isSoftware) {
      const inParts = workgroup.slice(MOST_TILES).filter((c) => c.SPLITS !== undefined);
      return [
        ...matrixChoices(device, problem),
        ...workgroup.slice(0, MOST_TILES),
        ...inParts.slice(0, 1),
        ...subgroup,
        ...register,
        { variant: 'naive' },
      ];
    }
    const tiled = tiledDefault(device, problem);
    const split = splitCounts(device, problem).map((SPLITS): Choice => ({ ...tiled, SPLITS }));
    return [{ variant: 'naive' }, ...subgroup, ...workgroup, ...register, ...split];
  },
  defaultChoice: tiledDefault,
};
