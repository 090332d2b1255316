/** What shaders/common/lanes.wgsl is specialised to. */
import type { Specialisation } from '../../device/wgsl.js';

/** Threads work on four channels at a time, whose sums stay apart (FOURS of src/tensor/layout.ts). */
export const FOUR_CHANNELS: Specialisation = { V: 'vec4f', Total: 'vec4f' };

/** Threads work on `lanes` neighbouring numbers at a time: 4 where that many always belong together, else 1. */
export function lanesSpecialisation(lanes: 1 | 4): Specialisation {
  return lanes === 1 ? {} : { V: 'vec4f', LANES: '4.0', 'fn total': '(v.x + v.y) + (v.z + v.w)' };
}
