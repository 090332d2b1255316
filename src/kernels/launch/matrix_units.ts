/**
 * What the members of families have in common that run on matrix units (shaders/common/matrix_product.wgsl): when they
 * are candidates, with which tiles, and how their kernels are declared.
 */
import type { Device } from '../../device/device.js';
import { UsageError } from '../../device/errors.js';
import { defineKernel, type BindingKind, type Kernel } from '../../device/kernel.js';
import type { MatrixUnits } from '../../device/adapter/matrices.js';
import type { Specialisation } from '../../device/wgsl.js';
import type { Choice } from './family.js';

/** What a workgroup of four subgroups makes, and each of them. */
const TILES = [
  { TILE_M: 128, TILE_N: 128, SUB_M: 64, SUB_N: 64 },
  { TILE_M: 128, TILE_N: 64, SUB_M: 64, SUB_N: 32 },
  { TILE_M: 64, TILE_N: 128, SUB_M: 32, SUB_N: 64 },
  { TILE_M: 64, TILE_N: 64, SUB_M: 32, SUB_N: 32 },
  { TILE_M: 32, TILE_N: 64, SUB_M: 16, SUB_N: 32 },
  { TILE_M: 32, TILE_N: 32, SUB_M: 16, SUB_N: 16 },
];
/** Depth that a step brings. */
const TILE_K = 32;

export type MatrixTile = (typeof TILES)[number] & { readonly FM: number; readonly FN: number; readonly FK: number };

/** What the estimate (gpu_estimate.ts) is told of a tile: a subgroup of 64, and units at least so much faster. */
export const matrixThread = ({ SUB_M, SUB_N }: Pick<MatrixTile, 'SUB_M' | 'SUB_N'>) => ({
  threadRows: SUB_M / 8,
  threadColumns: SUB_N / 8,
  speed: 4,
});

/** What a subgroup makes at most where it is emulated. */
const EMULATED_MOST = 16 * 32;

const subgroupsOf = (t: MatrixTile): number => (t.TILE_M / t.SUB_M) * (t.TILE_N / t.SUB_N);

/** Bytes of workgroup memory: halves with two vec4s more than a row needs, and fragments of sums on their way out. */
function bytesOf(tile: MatrixTile): number {
  const together = (tile.SUB_N / tile.FN) % 2 === 0 ? 2 : 1;
  return (tile.TILE_M + tile.TILE_N) * (TILE_K / 4 + 2) * 8 + subgroupsOf(tile) * tile.FM * tile.FN * together * 4;
}

/** The tiles that an adapter's matrix units can run, those of the shape it prefers first. None without units. */
export function matrixTiles({ matrices, limits }: Device): MatrixTile[] {
  const shapes = matrices?.shapes.filter(({ K }) => TILE_K % K === 0) ?? [];
  return shapes
    .flatMap(({ M, N, K }) => TILES.map((tile): MatrixTile => ({ ...tile, FM: M, FN: N, FK: K })))
    .filter(
      (tile) =>
        tile.SUB_M % tile.FM === 0 &&
        tile.SUB_N % tile.FN === 0 &&
        // large ones take long to compile where plain loops stand for the units
        (matrices?.mode !== 'emulated' || tile.SUB_M * tile.SUB_N <= EMULATED_MOST) &&
        threadsOf(tile, matrices as MatrixUnits) <=
          Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX) &&
        bytesOf(tile) <= limits.maxComputeWorkgroupStorageSize,
    );
}

const threadsOf = (tile: MatrixTile, { lanes }: MatrixUnits): number => subgroupsOf(tile) * lanes;

/** The constants of shaders/common/matrix_product.wgsl. */
export function matrixConstants(device: Device, choice: Choice): Specialisation {
  const { variant: _, SPLITS: __, ...tile } = choice;
  const constants = { ...tile, S: unitsOf(device).lanes };
  return Object.fromEntries(Object.entries(constants).map(([name, value]) => [name, `${value}u`]));
}

/** @throws UsageError for an adapter that has none. */
function unitsOf(device: Device): MatrixUnits {
  if (device.matrices === null)
    throw new UsageError(`the member "matrix" needs matrix units for halves, and ${device.name} offers none`, {
      fix: 'choose another member',
    });
  return device.matrices;
}

const ENTRIES: Readonly<Record<MatrixUnits['mode'], readonly string[]>> = {
  fixed: ['common/matrix_fragments.wgsl', 'common/matrix_entry.wgsl'],
  sized: ['common/matrix_fragments.wgsl', 'common/matrix_entry_sized.wgsl'],
  emulated: ['common/matrix_fragments_emulated.wgsl', 'common/matrix_entry_emulated.wgsl'],
};

/** Declares a kernel whose file has `fn work` for each of the ways to run it. */
export function defineMatrixKernel(declared: {
  readonly name: string;
  readonly file: string;
  readonly includes: readonly string[];
  readonly bindings: readonly BindingKind[];
}): (device: Device) => Kernel {
  const of = (mode: MatrixUnits['mode']): Kernel =>
    defineKernel({
      ...declared,
      name: mode === 'fixed' ? declared.name : `${declared.name}_${mode}`,
      includes: [...declared.includes, 'common/matrix_product.wgsl', ...ENTRIES[mode]],
    });
  const kernels = { fixed: of('fixed'), sized: of('sized'), emulated: of('emulated') };
  return (device) => kernels[unitsOf(device).mode];
}
