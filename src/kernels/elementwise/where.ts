/** Launcher of where: y = condition ? a : b, with full broadcasting of all three. */
import { defineKernel } from '../../device/kernel.js';
import { broadcastShapes, broadcastStrides } from '../../tensor/shape.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { forLeadingWindows } from './binary.js';
import { requireF32 } from '../launch/checks.js';
import { vectorWalk, walkTypes } from '../launch/walk.js';

const kernel = defineKernel({
  name: 'where',
  file: 'elementwise/where.wgsl',
  includes: ['common/grid.wgsl', 'elementwise/walk.wgsl', 'common/nan_lanes.wgsl'],
  bindings: ['read', 'read', 'read', 'write', 'params'],
});

/** a where condition is not 0, b elsewhere. */
export function where(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  requireF32('where', { condition, a, b });
  const y = empty(
    condition.device,
    broadcastShapes('where', condition.shape, broadcastShapes('where', a.shape, b.shape)),
  );
  forLeadingWindows('where', y, { condition, a, b }, (part, parts) => {
    const walk = vectorWalk(
      'where',
      part.shape,
      parts.map((x) => broadcastStrides(x.shape, part.shape)),
    );
    y.device.dispatch(kernel, {
      buffers: [...parts.map((x) => x.range), part.range],
      params: walk.words,
      specialise: walkTypes(walk, ['C', 'A', 'B']),
      workgroups: walk.workgroups,
    });
  });
  return y;
}
