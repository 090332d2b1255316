/** Tiles of the convolution's members with workgroup memory, for GPUs (shaders/conv2d/workgroup.wgsl and its twin). */
import type { Device } from '../../device/device.js';
import { sizeClass, type Choice } from '../launch/family.js';
import { byEstimate, workgroupsOf, type TiledProduct } from '../launch/gpu_estimate.js';
import type { Pass } from '../winograd/family.js';
import type { Conv2dGeometry } from './geometry.js';

/** Of y and dx: what a workgroup and a thread make. */
const GATHER_TILES = [
  { ROWS: 64, COLUMNS: 64, THREAD_ROWS: 8, THREAD_PIXELS: 8 },
  { ROWS: 32, COLUMNS: 128, THREAD_ROWS: 8, THREAD_PIXELS: 8 },
  { ROWS: 64, COLUMNS: 128, THREAD_ROWS: 8, THREAD_PIXELS: 8 },
  { ROWS: 128, COLUMNS: 128, THREAD_ROWS: 8, THREAD_PIXELS: 8 },
  { ROWS: 16, COLUMNS: 128, THREAD_ROWS: 4, THREAD_PIXELS: 8 },
  { ROWS: 32, COLUMNS: 32, THREAD_ROWS: 4, THREAD_PIXELS: 4 },
];
/** Of dw, COLUMNS in fours. */
const WEIGHT_TILES = [
  { ROWS: 64, COLUMNS: 16, THREAD_ROWS: 8, THREAD_FOURS: 2 },
  { ROWS: 32, COLUMNS: 8, THREAD_ROWS: 4, THREAD_FOURS: 1 },
  { ROWS: 32, COLUMNS: 32, THREAD_ROWS: 8, THREAD_FOURS: 2 },
  { ROWS: 128, COLUMNS: 16, THREAD_ROWS: 8, THREAD_FOURS: 2 },
  { ROWS: 128, COLUMNS: 32, THREAD_ROWS: 8, THREAD_FOURS: 2 },
  { ROWS: 16, COLUMNS: 32, THREAD_ROWS: 4, THREAD_FOURS: 2 },
];
/** Tiles for software adapters, which have no use for them: tests run these. */
const FOR_SOFTWARE = 2;

/** Those tiles that the adapter can run; on a GPU the one first that is expected to be fastest. */
export function workgroupChoices(device: Device, g: Conv2dGeometry, pass: Pass): Choice[] {
  return pass === 'weight' ? weightChoices(device, g) : gatherChoices(device, g, pass);
}

function gatherChoices({ adapter, limits }: Device, g: Conv2dGeometry, pass: 'forward' | 'input'): Choice[] {
  const fitting = GATHER_TILES.filter(
    (tile) => threadsOf(tile, tile.THREAD_PIXELS, limits) && 64 * (tile.ROWS + tile.COLUMNS) <= storage(limits),
  );
  const rows = (pass === 'forward' ? g.O : g.C) / g.groups;
  if (adapter.isSoftware) return fitting.slice(0, FOR_SOFTWARE).map(named);
  return byEstimate(noTaller(fitting, rows), (tile) => gatherProduct(tile, g, pass)).map(named);
}

function weightChoices({ adapter, limits }: Device, g: Conv2dGeometry): Choice[] {
  const fitting = WEIGHT_TILES.filter(
    (tile) => threadsOf(tile, tile.THREAD_FOURS, limits) && 256 * (tile.ROWS / 4 + tile.COLUMNS + 2) <= storage(limits),
  );
  if (adapter.isSoftware) return fitting.slice(0, FOR_SOFTWARE).map(named);
  return byEstimate(noTaller(fitting, g.O / g.groups), (tile) => weightProduct(tile, g)).map(named);
}

const storage = (limits: GPUSupportedLimits): number => limits.maxComputeWorkgroupStorageSize;

/** Whether a workgroup may have so many threads. */
function threadsOf(
  { ROWS, COLUMNS, THREAD_ROWS }: { ROWS: number; COLUMNS: number; THREAD_ROWS: number },
  threadColumns: number,
  limits: GPUSupportedLimits,
): boolean {
  return (ROWS * COLUMNS) / (THREAD_ROWS * threadColumns) <= limits.maxComputeInvocationsPerWorkgroup;
}

/** Without tiles most of whose rows there are not. */
function noTaller<T extends { readonly ROWS: number }>(tiles: readonly T[], rows: number): T[] {
  return tiles.filter(({ ROWS }) => ROWS <= Math.max(32, sizeClass(rows)));
}

const named = (tile: Readonly<Record<string, number>>): Choice => ({ variant: 'workgroup', ...tile });

/** A strided gradient's launches count as one. */
function gatherProduct(tile: (typeof GATHER_TILES)[number], g: Conv2dGeometry, pass: Pass): TiledProduct {
  const isForward = pass === 'forward';
  return {
    rows: (isForward ? g.O : g.C) / g.groups,
    columns: g.N * (isForward ? g.oH * g.oW : g.H * g.W),
    depth: ((isForward ? g.C : g.O) / g.groups) * g.kH * g.kW,
    batch: g.groups,
    tileRows: tile.ROWS,
    tileColumns: tile.COLUMNS,
    threadRows: tile.THREAD_ROWS,
    threadColumns: tile.THREAD_PIXELS,
    splits: 1,
  };
}

/** Its parts are as many as `weightSplits` makes of it. */
function weightProduct(tile: (typeof WEIGHT_TILES)[number], g: Conv2dGeometry): TiledProduct {
  const product = {
    rows: g.O / g.groups,
    columns: (g.C / g.groups) * g.kH * g.kW,
    depth: g.N * g.oH * g.oW,
    batch: g.groups,
    tileRows: tile.ROWS,
    tileColumns: 4 * tile.COLUMNS,
    threadRows: tile.THREAD_ROWS,
    threadColumns: 4 * tile.THREAD_FOURS,
    splits: 1,
  };
  return { ...product, splits: weightSplits('gpu', workgroupsOf(product), product.depth / 4) };
}

/** Workgroups that the gradient of the weights aims at, and the least fours of pixels that are worth one of them. */
const WANTED = { software: [64, 1], gpu: [1024, 32] } as const;

/** In how many parts `fours` fours of pixels are summed, where a part takes so many workgroups. */
export function weightSplits(kind: 'software' | 'gpu', workgroups: number, fours: number): number {
  const [wanted, least] = WANTED[kind];
  return Math.max(1, Math.min(Math.ceil(wanted / workgroups), Math.floor(fours / least)));
}
