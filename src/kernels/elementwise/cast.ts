/** Numbers stored in another float type. */
import { defineKernel } from '../../device/kernel.js';
import { ShapeError } from '../../device/errors.js';
import { formatShape } from '../../tensor/shape.js';
import { empty, type DType, type Tensor } from '../../tensor/tensor.js';
import { ownWindow } from '../launch/checks.js';
import { steps } from '../launch/steps.js';
import { storedAs } from '../launch/stored_as.js';
import { rowWindows } from '../launch/windows.js';

const kernel = defineKernel({
  name: 'cast',
  file: 'elementwise/cast.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'write', 'params'],
});

/** The types that hold numbers to compute with. */
export type FloatType = Exclude<DType, 'u32'>;

/** x itself where it is of that type already. @throws ShapeError for u32. */
export function cast(x: Tensor, dtype: FloatType): Tensor {
  if (x.dtype === dtype) return x;
  if (x.dtype === 'u32') throw new ShapeError(`[cast] x ${formatShape(x.shape)} is u32, expected f32 or f16`);
  const y = empty(x.device, x.shape, dtype, x.layout);
  for (const [start, end] of rowWindows('cast', x.device, x.size, [1], true)) {
    const count = Math.ceil((end - start) / 4);
    x.device.dispatch(kernel, {
      buffers: [ownWindow(x, start, end), ownWindow(y, start, end)],
      params: [count],
      specialise: { ...storedAs(x.dtype, { X4: 4 }), ...storedAs(dtype, { Y4: 4 }) },
      ...steps(x.device, count),
    });
  }
  return y;
}
