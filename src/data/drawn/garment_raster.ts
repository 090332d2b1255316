import type { HostRandom } from '../host_random.js';

/**
 * Closed outlines in garment space (x right, y down, about -1 … 1), each x, y, x, y, …; filled by the even-odd rule.
 */
export type Outlines = readonly (readonly number[])[];

/** One painted area. Its grey is `tone` times the garment's own; 0 paints a hole. */
export interface Layer {
  readonly outlines: Outlines;
  readonly tone: number;
}

/** An affine map from garment space to pixels: x' = a x + b y + tx, y' = c x + d y + ty. */
export interface Pose {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly tx: number;
  readonly ty: number;
}

/** What is painted on: three planes (side, side), one of them scratch, used again for each image. */
export interface Canvas {
  readonly side: number;
  readonly grey: Float32Array;
  readonly area: Float32Array;
  readonly scratch: Float32Array;
}

/** Scan lines a pixel row; along x the coverage is exact. */
const LINES = 4;

/** `t` is the tangent of half the angle: rotation by sums and quotients only, which every platform rounds alike. */
export function makePose(
  side: number,
  p: { t: number; shear: number; scaleX: number; scaleY: number; dx: number; dy: number },
): Pose {
  const cos = (1 - p.t * p.t) / (1 + p.t * p.t);
  const sin = (2 * p.t) / (1 + p.t * p.t);
  const h = side / 2;
  const shearY = p.shear * p.scaleY;
  return {
    a: h * cos * p.scaleX,
    b: h * (cos * shearY - sin * p.scaleY),
    c: h * sin * p.scaleX,
    d: h * (sin * shearY + cos * p.scaleY),
    tx: h * (1 + p.dx),
    ty: h * (1 + p.dy),
  };
}

function toPixels(outline: readonly number[], pose: Pose): Float64Array {
  const out = new Float64Array(outline.length);
  for (let i = 0; i < outline.length; i += 2) {
    out[i] = pose.a * outline[i] + pose.b * outline[i + 1] + pose.tx;
    out[i + 1] = pose.c * outline[i] + pose.d * outline[i + 1] + pose.ty;
  }
  return out;
}

/** Adds `share` for each pixel that [from, to) covers, in part at its ends, of the `side` pixels from `start` on. */
function addSpan(out: Float32Array, start: number, side: number, from: number, to: number, share: number): void {
  const x0 = Math.max(0, from);
  const x1 = Math.min(side, to);
  if (x1 <= x0) return;
  const first = Math.floor(x0);
  const last = Math.min(side - 1, Math.floor(x1));
  if (first === last) {
    out[start + first] += share * (x1 - x0);
    return;
  }
  out[start + first] += share * (first + 1 - x0);
  for (let x = first + 1; x < last; x++) out[start + x] += share;
  out[start + last] += share * (x1 - last);
}

export function makeCanvas(side: number): Canvas {
  const area = side * side;
  return { side, grey: new Float32Array(area), area: new Float32Array(area), scratch: new Float32Array(area) };
}

/** Where each scan line crosses the outlines, from left to right: `counts[line]` numbers from `room * line` on. */
interface Crossings {
  counts: Int32Array;
  x: Float64Array;
  room: number;
}

/** Used again for each image: as many lines as there were, as much room as was needed. */
const crossings: Crossings = { counts: new Int32Array(0), x: new Float64Array(0), room: 0 };

/** None yet, with room for so many on each line. */
function clearCrossings(lines: number, room: number): void {
  if (crossings.counts.length < lines) crossings.counts = new Int32Array(lines);
  if (crossings.x.length < lines * room) crossings.x = new Float64Array(lines * room);
  crossings.counts.fill(0);
  crossings.room = room;
}

/** Puts the crossing where it belongs among those of its line: there are few. */
function addCrossing(line: number, at: number): void {
  const { counts, x, room } = crossings;
  const first = line * room;
  let i = first + counts[line]++;
  for (; i > first && x[i - 1] > at; i--) x[i] = x[i - 1];
  x[i] = at;
}

/** The edge from (px, py) to (qx, qy), on the lines that it crosses. */
function crossEdge(px: number, py: number, qx: number, qy: number, lines: number): void {
  const last = Math.min(lines, Math.ceil(Math.max(py, qy) * LINES) + 1);
  for (let line = Math.max(0, Math.floor(Math.min(py, qy) * LINES) - 1); line < last; line++) {
    const y = (line + 0.5) / LINES;
    if (py <= y !== qy <= y) addCrossing(line, px + ((qx - px) * (y - py)) / (qy - py));
  }
}

/** How much of each pixel the outlines cover, 0 … 1: fills `out` (side, side). */
export function coverage(outlines: Outlines, pose: Pose, side: number, out: Float32Array): void {
  out.fill(0);
  const paths = outlines.map((outline) => toPixels(outline, pose));
  const lines = side * LINES;
  clearCrossings(
    lines,
    paths.reduce((edges, path) => edges + path.length / 2, 0),
  );
  for (const path of paths) {
    let px = path[path.length - 2];
    let py = path[path.length - 1];
    for (let i = 0; i < path.length; i += 2) {
      crossEdge(px, py, path[i], path[i + 1], lines);
      px = path[i];
      py = path[i + 1];
    }
  }
  const { counts, x, room } = crossings;
  for (let line = 0; line < lines; line++) {
    if (counts[line] === 0) continue;
    const start = Math.floor(line / LINES) * side;
    const end = line * room + counts[line];
    for (let i = line * room; i + 1 < end; i += 2) addSpan(out, start, side, x[i], x[i + 1], 1 / LINES);
  }
}

/** A triangle wave of period 1, from 0 to 1 and back: stripes without sin. */
function wave(x: number): number {
  return 2 * Math.abs(x - Math.floor(x) - 0.5);
}

/**
 * A smooth random field over garment space, -1 … 1: random values on a 6 x 6 grid, blended between (folds and shades of
 * cloth).
 */
function cloth(r: HostRandom): (x: number, y: number) => number {
  const grid = Array.from({ length: 36 }, () => r.uniform(-1, 1));
  return (x, y) => {
    const u = Math.min(4.999, Math.max(0, (x + 1.25) * 2));
    const v = Math.min(4.999, Math.max(0, (y + 1.25) * 2));
    const i = Math.floor(u);
    const j = Math.floor(v);
    const at = j * 6 + i;
    const top = grid[at] + (grid[at + 1] - grid[at]) * (u - i);
    const bottom = grid[at + 6] + (grid[at + 7] - grid[at + 6]) * (u - i);
    return top + (bottom - top) * (v - j);
  };
}

/** A garment's cloth: its grey at (x, y) of garment space, about 0.1 … 1. */
export function randomTexture(r: HostRandom): (x: number, y: number) => number {
  const base = r.chance(0.08) ? r.uniform(0.18, 0.35) : r.uniform(0.32, 0.85);
  const field = cloth(r);
  const folds = r.uniform(0.02, 0.12);
  const tiltX = r.uniform(-0.1, 0.1);
  const tiltY = r.uniform(-0.15, 0.15);
  const kind = r.int(15); // 9 of 15 are plain
  const depth = r.uniform(0.12, 0.4);
  const nx = r.uniform(1.5, 5);
  const ny = r.uniform(1.5, 5);
  const phase = r.uniform();
  const width = r.uniform(0.2, 0.55);
  const height = r.uniform(0.1, 0.5);
  const px = r.uniform(-0.25, 0.25);
  const py = r.uniform(-0.5, 0.5);
  const patch = r.uniform(-0.5, 0.4);

  function pattern(x: number, y: number): number {
    if (kind === 0) return 1 - depth * wave(y * ny + phase);
    if (kind === 1) return 1 - depth * wave(x * nx + phase);
    if (kind === 2) return 1 - depth * 0.5 * (wave(x * nx + phase) + wave(y * ny));
    if (kind === 3) return 1 - depth * wave((x + y) * nx + phase);
    if (kind === 4) return Math.abs(x - px) < width && Math.abs(y - py) < height ? 1 + patch : 1;
    if (kind === 5) return y > py ? 1 - depth : 1;
    return 1;
  }
  return (x, y) => base * pattern(x, y) * (1 + folds * field(x, y) + tiltX * x + tiltY * y);
}

/**
 * Paints the layers in order: `canvas.grey` gets 0 … 1 on black, `canvas.area` how much of each pixel the garment
 * covers.
 */
export function paint(
  layers: readonly Layer[],
  texture: (x: number, y: number) => number,
  pose: Pose,
  canvas: Canvas,
): void {
  const { side, grey, area, scratch } = canvas;
  grey.fill(0);
  area.fill(0);
  const determinant = pose.a * pose.d - pose.b * pose.c;
  for (const layer of layers) {
    coverage(layer.outlines, pose, side, scratch);
    for (let i = 0; i < scratch.length; i++) {
      const share = Math.min(1, scratch[i]);
      if (share === 0) continue;
      const u = (i % side) + 0.5 - pose.tx;
      const v = Math.floor(i / side) + 0.5 - pose.ty;
      const x = (pose.d * u - pose.b * v) / determinant;
      const y = (pose.a * v - pose.c * u) / determinant;
      const ink = layer.tone === 0 ? 0 : layer.tone * texture(x, y);
      grey[i] += (ink - grey[i]) * share;
      area[i] += ((layer.tone === 0 ? 0 : 1) - area[i]) * share;
    }
  }
}
