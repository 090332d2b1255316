/** How many numbers of flat memory are NaN or infinite, counted on the GPU; see shaders/reduce/count_nonfinite.wgsl. */
import { defineKernel } from '../../device/kernel.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { flatWindow } from '../launch/checks.js';
import { reduce } from './reduce.js';
import { rowWindows } from '../launch/windows.js';

const kernel = defineKernel({
  name: 'count_nonfinite',
  file: 'reduce/count_nonfinite.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'write', 'params'],
});

/** Elements that a workgroup looks at. */
const CHUNK = 4096;

/**
 * The number, of shape (1), of what is not finite in all of `flats` (each f32 and a multiple of 4 elements, at least
 * one of them). Exact up to 2^24, and never 0 when there is one.
 */
export function countNonFinite(flats: readonly Tensor[]): Tensor {
  const { device } = flats[0];
  const chunks = flats.map((t) => Math.ceil(t.size / CHUNK));
  const found = empty(device, [chunks.reduce((n, own) => n + own, 0)]);
  let at = 0;
  for (const [i, flat] of flats.entries()) {
    for (const [first, last] of rowWindows(kernel.name, device, chunks[i], [CHUNK])) {
      const end = Math.min(flat.size, last * CHUNK);
      device.dispatch(kernel, {
        buffers: [flatWindow(flat, first * CHUNK, end), found.range],
        params: [Math.ceil((end - first * CHUNK) / 4), at + first],
        workgroups: last - first,
      });
    }
    at += chunks[i];
  }
  return reduce('sum', found, [0]);
}
