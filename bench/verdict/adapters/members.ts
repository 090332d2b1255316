/** Which members of the families that are most of a step's work were launched, and with which tiles. */
import type { Kernel, Launch } from '../../../src/device/kernel.js';

const HOT =
  /^(matmul|conv2d_backward_weight|conv2d|winograd\w*?|thin\w*?|lstm_step_backward|lstm_step)_(naive|register|workgroup|subgroup|depthwise)$/;

/** What a workgroup makes, by the names that the families have for it. */
const TILE = [
  ['TILE_M', 'TILE_N'],
  ['ROWS', 'COLUMNS'],
  ['ROWS', 'UNITS'],
] as const;

/** `conv2d workgroup 64x64`; null for what is not hot. */
export function memberOf(
  { name }: Pick<Kernel, 'name'>,
  { specialise = {} }: Pick<Launch, 'specialise'>,
): string | null {
  const [, family, member] = HOT.exec(name) ?? [];
  if (family === undefined) return null;
  const tile = TILE.find((names) => names.every((n) => n in specialise));
  const size = tile === undefined ? '' : ` ${tile.map((n) => parseInt(String(specialise[n]))).join('x')}`;
  return `${family} ${member}${size}`;
}
