/**
 * Who computes what: of a kernel over tiles of a matrix the tile of a workgroup and the results of a thread, of all
 * others how the results are shared out. Read from the constants of the text as it is compiled.
 */
import { constantOf, type RecordedLaunch } from './explain_launches.js';

/** Of a product: rows and columns of results. */
export interface Tile {
  readonly rows: string;
  readonly columns: string;
  readonly depth: string;
  readonly tileRows: number;
  readonly tileColumns: number;
  /** Who makes a part of it: a thread, or on matrix units a subgroup. */
  readonly worker: 'thread' | 'subgroup';
  /** Results of a worker. */
  readonly threadRows: number;
  readonly threadColumns: number;
  /** Of the depth, that a step brings in. */
  readonly step: number;
}

const MATMUL = { rows: 'm', columns: 'n', depth: 'k', worker: 'thread' } as const;
const CONV = {
  rows: 'output channels',
  columns: 'pixels',
  depth: 'taps and input channels',
  worker: 'thread',
} as const;
const WINOGRAD = { ...CONV, columns: 'tiles of one product', depth: 'input channels' } as const;
/** What all say that tile by a subgroup's lanes, four columns each. */
const LANES = { threadColumns: 4, step: 4 } as const;

/** The tile of a launch of a matrix product or a convolution; null of any other kernel. */
export function tileOf({ kernel, wgsl, threads }: RecordedLaunch): Tile | null {
  const of = (name: string): number => constantOf(wgsl, name);
  switch (kernel) {
    case 'matmul_naive':
      return { ...MATMUL, tileRows: 1, tileColumns: 64, threadRows: 1, threadColumns: 1, step: 1 };
    case 'matmul_register':
      return {
        ...MATMUL,
        tileRows: of('TILE_M'),
        tileColumns: of('TILE_N'),
        threadRows: of('ROWS'),
        threadColumns: 4 * of('COLUMNS'),
        step: 4,
      };
    case 'matmul_subgroup':
      return {
        ...MATMUL,
        tileRows: of('ROWS'),
        ...LANES,
        tileColumns: 4 * of('S'),
        threadRows: of('ROWS'),
      };
    case 'matmul_workgroup':
      return {
        ...MATMUL,
        tileRows: of('TILE_M'),
        tileColumns: of('TILE_N'),
        threadRows: of('THREAD_M'),
        threadColumns: of('THREAD_N'),
        step: of('TILE_K'),
      };
    case 'conv2d_naive':
      return { ...CONV, tileRows: 1, tileColumns: 64, threadRows: 1, threadColumns: 1, step: 1 };
    case 'conv2d_register':
    case 'conv2d_subgroup':
      return {
        ...CONV,
        tileRows: of('ROWS'),
        ...LANES,
        tileColumns: 4 * threads,
        threadRows: of('ROWS'),
      };
    case 'conv2d_workgroup':
      return {
        ...CONV,
        tileRows: of('ROWS'),
        tileColumns: of('COLUMNS'),
        threadRows: of('THREAD_ROWS'),
        threadColumns: of('THREAD_COLUMNS'),
        step: 4 * of('DEPTH'),
      };
    case 'winograd_product_subgroup':
      return {
        ...WINOGRAD,
        ...LANES,
        tileRows: of('ROWS'),
        tileColumns: 4 * threads,
        threadRows: of('ROWS'),
      };
    case 'matmul_matrix':
    case 'conv2d_matrix':
      return {
        ...(kernel === 'matmul_matrix' ? MATMUL : CONV),
        worker: 'subgroup',
        tileRows: of('TILE_M'),
        tileColumns: of('TILE_N'),
        threadRows: of('SUB_M'),
        threadColumns: of('SUB_N'),
        step: of('TILE_K'),
      };
    default:
      return null;
  }
}

/** Threads of a drawn tile at most, down and across. */
const DRAWN = { down: 8, across: 16 } as const;

const threadsDown = (t: Tile): number => t.tileRows / t.threadRows;
const threadsAcross = (t: Tile): number => t.tileColumns / t.threadColumns;

/** In words. */
export function tileLines(t: Tile): string[] {
  const reads = t.step * (t.tileRows + t.tileColumns);
  const adds = t.step * t.tileRows * t.tileColumns;
  return [
    `a workgroup makes ${t.tileRows} x ${t.tileColumns} results (${t.rows} x ${t.columns})`,
    `a ${t.worker} makes ${t.threadRows} x ${t.threadColumns} of them, in registers: ${threadsDown(t)} x ` +
      `${threadsAcross(t)} ${t.worker}s`,
    `a step takes ${t.step} of the depth (${t.depth}): ${reads} numbers come in for ${adds} multiply-adds, ` +
      `${(adds / reads).toFixed(1)} each`,
  ];
}

/** The tile of a workgroup with the threads that it is cut into; thread 0 is filled. */
export function tileText(t: Tile): string[] {
  const [down, across] = [threadsDown(t), threadsAcross(t)];
  const [drawnDown, drawnAcross] = [Math.min(down, DRAWN.down), Math.min(across, DRAWN.across)];
  const dots = across > drawnAcross ? '…' : '';
  const cell = (row: number, column: number): string => (row === 0 && column === 0 ? '███' : '   ');
  const rule = (left: string, middle: string, right: string): string =>
    `${left}${Array.from({ length: drawnAcross }, () => '───').join(middle)}${right}${dots}`;
  const lines = [`${t.tileColumns} ${t.columns} →`, rule('┌', '┬', '┐')];
  for (let row = 0; row < drawnDown; row++) {
    const cells = Array.from({ length: drawnAcross }, (_, column) => cell(row, column)).join('│');
    lines.push(`│${cells}│${dots}${row === 0 ? `  ↓ ${t.tileRows} ${t.rows}` : ''}`);
    if (row + 1 < drawnDown) lines.push(rule('├', '┼', '┤'));
  }
  lines.push(down > drawnDown ? '…' : rule('└', '┴', '┘'));
  return [...lines, `███ the ${t.threadRows} x ${t.threadColumns} results of ${t.worker} 0`];
}

/** How a kernel without a tile shares its results out. */
export function shareLines({ workgroups, threads }: RecordedLaunch, results: number): string[] {
  const all = workgroups * threads;
  const each = results / all;
  const share =
    each >= 1.5
      ? `about ${Number(each.toPrecision(2))} results for each thread`
      : each > 0.66
        ? 'a result for each thread'
        : `about ${Number((1 / each).toPrecision(2))} threads for each result`;
  return [`${workgroups} workgroups of ${threads} threads = ${all} threads for ${results} results: ${share}`];
}

/** Those threads as a strip. */
export function shareText({ workgroups, threads }: RecordedLaunch): string[] {
  const drawn = Math.min(workgroups, 4);
  const box = `[0 … ${threads - 1}]`;
  const more = workgroups > drawn ? ` … ${box}` : '';
  const boxes = Array.from({ length: drawn }, () => box).join(' ');
  const numbers = Array.from({ length: drawn }, (_, i) => String(i).padEnd(box.length)).join(' ');
  return [
    `threads    ${boxes}${more}`,
    `workgroup  ${numbers}${workgroups > drawn ? `   ${workgroups - 1}` : ''}`.trimEnd(),
  ];
}
