/** Tiles of the convolution's members with workgroup memory, for GPUs (shaders/conv2d/workgroup.wgsl and its twin). */
import type { Device } from '../../device/device.js';
import { sizeClass, type Choice } from '../launch/family.js';
import { byEstimate, workgroupsOf, type TiledProduct } from '../launch/gpu_estimate.js';
import { matrixThread, matrixTiles } from '../launch/matrix_units.js';
import { BUSY_WORKGROUPS, kindOf, type AdapterKind } from '../launch/targets.js';
import type { Pass } from '../winograd/family.js';
import type { Conv2dGeometry } from './geometry.js';

/** Of y and dx: what a workgroup and a thread make. */
const GATHER_TILES = [
  { ROWS: 64, COLUMNS: 64, THREAD_ROWS: 8, THREAD_COLUMNS: 8 },
  { ROWS: 32, COLUMNS: 128, THREAD_ROWS: 8, THREAD_COLUMNS: 8 },
  { ROWS: 64, COLUMNS: 128, THREAD_ROWS: 8, THREAD_COLUMNS: 8 },
  { ROWS: 128, COLUMNS: 128, THREAD_ROWS: 8, THREAD_COLUMNS: 8 },
  { ROWS: 16, COLUMNS: 128, THREAD_ROWS: 4, THREAD_COLUMNS: 8 },
  { ROWS: 32, COLUMNS: 32, THREAD_ROWS: 4, THREAD_COLUMNS: 4 },
];
/** Of dw. */
const WEIGHT_TILES = [
  { ROWS: 64, COLUMNS: 64, THREAD_ROWS: 8, THREAD_COLUMNS: 8 },
  { ROWS: 32, COLUMNS: 128, THREAD_ROWS: 8, THREAD_COLUMNS: 8 },
  { ROWS: 128, COLUMNS: 64, THREAD_ROWS: 8, THREAD_COLUMNS: 8 },
  { ROWS: 128, COLUMNS: 128, THREAD_ROWS: 8, THREAD_COLUMNS: 8 },
  { ROWS: 16, COLUMNS: 128, THREAD_ROWS: 4, THREAD_COLUMNS: 8 },
  { ROWS: 32, COLUMNS: 32, THREAD_ROWS: 4, THREAD_COLUMNS: 4 },
];
type ConvTile = (typeof GATHER_TILES)[number];

/** Those tiles that the adapter can run; on a GPU the one first that is expected to be fastest. */
export function workgroupChoices(device: Device, g: Conv2dGeometry, pass: Pass): Choice[] {
  const fits = pass === 'weight' ? weightBytes : gatherBytes;
  const limits = device.limits;
  const tiles = (pass === 'weight' ? WEIGHT_TILES : GATHER_TILES).filter(
    (tile) =>
      (tile.ROWS * tile.COLUMNS) / (tile.THREAD_ROWS * tile.THREAD_COLUMNS) <=
        limits.maxComputeInvocationsPerWorkgroup && fits(tile) <= limits.maxComputeWorkgroupStorageSize,
  );
  // tests run one on software adapters, which have no use for them and take long to compile large ones
  if (kindOf(device) === 'software')
    return tiles.filter((tile) => tile.THREAD_ROWS * tile.THREAD_COLUMNS === 16).map(named);
  const rows = rowsOf(g, pass);
  const narrow = tiles.filter(({ ROWS }) => ROWS <= Math.max(32, sizeClass(rows)));
  return byEstimate(narrow, (tile) => productOf(tile, g, pass)).map(named);
}

/** Of the product: channels that it makes. */
const rowsOf = (g: Conv2dGeometry, pass: Pass): number => (pass === 'input' ? g.C : g.O) / g.groups;

/** The members for matrix units, on adapters that have some. */
export function matrixChoices(device: Device, g: Conv2dGeometry, pass: Pass): Choice[] {
  const rows = rowsOf(g, pass);
  const tiles = matrixTiles(device).filter(({ TILE_M }) => TILE_M <= Math.max(32, sizeClass(rows)));
  return byEstimate(tiles, (tile) => ({
    ...productOf({ ROWS: tile.TILE_M, COLUMNS: tile.TILE_N, THREAD_ROWS: 0, THREAD_COLUMNS: 0 }, g, pass),
    ...matrixThread(tile),
  })).map((tile) => ({ variant: 'matrix', ...tile }));
}

/** Bytes of workgroup memory: four fours of depth at most, and 16 pixels. */
const gatherBytes = ({ ROWS, COLUMNS }: ConvTile): number => 4 * 16 * (ROWS + COLUMNS);
const weightBytes = ({ ROWS, COLUMNS }: ConvTile): number => 16 * 16 * (ROWS / 4 + COLUMNS / 4 + 2);

const named = (tile: Readonly<Record<string, number>>): Choice => ({ variant: 'workgroup', ...tile });

/** A strided gradient's launches count as one. Parts of dw are as many as `weightSplits` makes of it. */
function productOf(tile: ConvTile, g: Conv2dGeometry, pass: Pass): TiledProduct {
  const [C, O] = [g.C / g.groups, g.O / g.groups];
  const window = g.kH * g.kW;
  const [rows, columns, depth] = {
    forward: [O, g.N * g.oH * g.oW, C * window],
    input: [C, g.N * g.H * g.W, O * window],
    weight: [O, C * window, g.N * g.oH * g.oW],
  }[pass];
  const product = {
    rows,
    columns,
    depth,
    batch: g.groups,
    tileRows: tile.ROWS,
    tileColumns: tile.COLUMNS,
    threadRows: tile.THREAD_ROWS,
    threadColumns: tile.THREAD_COLUMNS,
    splits: 1,
  };
  return pass === 'weight' ? { ...product, splits: weightSplits('gpu', workgroupsOf(product), depth / 4) } : product;
}

/** The least fours of pixels that are worth a workgroup of their own. */
const LEAST_FOURS = { software: 1, gpu: 32 };

/** In how many parts `fours` fours of pixels are summed, where a part takes so many workgroups. */
export function weightSplits(kind: AdapterKind, workgroups: number, fours: number): number {
  const most = Math.floor(fours / LEAST_FOURS[kind]);
  return Math.max(1, Math.min(Math.ceil(BUSY_WORKGROUPS[kind] / workgroups), most));
}
