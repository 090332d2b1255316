/** Pictures on canvas: curves, filters, a map over a picture. Colours are the style sheet's. */

import type { Point } from './curve_points.js';
import { words } from './words/words.js';

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** A context whose unit is a CSS pixel, on a canvas with as many pixels as the screen has there. */
function sharpContext(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = devicePixelRatio;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d');
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  context?.clearRect(0, 0, width, height);
  return context;
}

/** A round number just above. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 1.5, 2, 2.5, 3, 4, 5].find((digit) => value <= digit * power) ?? 10);
}

const LEFT = 36;
const BOTTOM = 22;
const TOP = 8;
const RIGHT = 8;

/** Curves over the steps. @param top where the axis ends; by default above the highest point. */
export function drawCurves(
  canvas: HTMLCanvasElement,
  curves: readonly { readonly points: readonly Point[]; readonly colour: string }[],
  top?: number,
): void {
  const context = sharpContext(canvas);
  if (context === null) return;
  const points = curves.flatMap((c) => c.points);
  const last = points.reduce((most, [step]) => Math.max(most, step), 10);
  const highest = top ?? roundUp(points.reduce((most, [, value]) => Math.max(most, value), 0.5));
  const width = canvas.clientWidth - LEFT - RIGHT;
  const height = canvas.clientHeight - TOP - BOTTOM;
  const x = (step: number): number => LEFT + (width * step) / last;
  const y = (value: number): number => TOP + height * (1 - value / highest);
  context.font = '12px system-ui, sans-serif';
  context.fillStyle = colour('--soft');
  context.strokeStyle = colour('--line');
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const share of [0, 0.5, 1]) {
    context.beginPath();
    context.moveTo(LEFT, Math.round(y(share * highest)) + 0.5);
    context.lineTo(LEFT + width, Math.round(y(share * highest)) + 0.5);
    context.stroke();
    context.fillText(String(Number((share * highest).toPrecision(3))), LEFT - 8, y(share * highest));
  }
  context.textBaseline = 'alphabetic';
  context.fillText(words().train.stepsAt(last), LEFT + width, canvas.clientHeight - 4);
  context.textAlign = 'left';
  context.fillText('0', LEFT, canvas.clientHeight - 4);
  context.lineWidth = 1.75;
  context.lineJoin = 'round';
  for (const curve of curves) {
    context.strokeStyle = colour(curve.colour);
    context.fillStyle = context.strokeStyle;
    context.beginPath();
    for (const [step, value] of curve.points) context.lineTo(x(step), y(Math.min(value, highest)));
    context.stroke();
    const [only] = curve.points;
    if (curve.points.length === 1) context.fillRect(x(only[0]) - 2, y(only[1]) - 2, 4, 4);
  }
}

/** Small grey pictures (count, size, size) side by side, each stretched about 0: middle grey is 0. */
export function drawFilters(
  canvas: HTMLCanvasElement,
  { values, count, size }: { readonly values: Float32Array; readonly count: number; readonly size: number },
): void {
  const columns = Math.min(count, 8);
  const pitch = size + 1;
  const zoom = Math.max(1, Math.floor(Math.min(64, 400 / columns) / pitch));
  canvas.width = columns * pitch - 1;
  canvas.height = Math.ceil(count / columns) * pitch - 1;
  canvas.style.width = `${canvas.width * zoom}px`;
  const context = canvas.getContext('2d');
  if (context === null) return;
  const pixels = context.createImageData(canvas.width, canvas.height);
  for (let f = 0; f < count; f++) {
    const filter = values.subarray(f * size * size, (f + 1) * size * size);
    const largest = filter.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-12);
    for (let i = 0; i < filter.length; i++) {
      const at =
        4 *
        ((Math.floor(f / columns) * pitch + Math.floor(i / size)) * canvas.width + (f % columns) * pitch + (i % size));
      pixels.data.fill(127.5 + (127.5 * filter[i]) / largest, at, at + 3);
      pixels.data[at + 3] = 255;
    }
  }
  context.putImageData(pixels, 0, 0);
}

/** What a network sees: bytes of planes (C, side, side), grey or RGB. */
export function drawInput(canvas: HTMLCanvasElement, planes: Uint8ClampedArray, side: number): void {
  canvas.width = side;
  canvas.height = side;
  const area = side * side;
  const second = planes.length > area ? area : 0;
  const pixels = new ImageData(side, side);
  for (let i = 0; i < area; i++) pixels.data.set([planes[i], planes[i + second], planes[i + 2 * second], 255], 4 * i);
  canvas.getContext('2d')?.putImageData(pixels, 0, 0);
}

/** A map (grid, grid) as a glow: the higher, the stronger. Nothing where it is negative. */
export function drawMap(canvas: HTMLCanvasElement, map: Float32Array): void {
  const grid = Math.sqrt(map.length);
  const highest = map.reduce((m, v) => Math.max(m, v), 1e-9);
  const pixels = new ImageData(grid, grid);
  for (let i = 0; i < map.length; i++) pixels.data.set([255, 110, 0, 200 * Math.max(0, map[i] / highest)], 4 * i);
  canvas.width = grid;
  canvas.height = grid;
  canvas.getContext('2d')?.putImageData(pixels, 0, 0); // the style sheet stretches it, smoothly
}
