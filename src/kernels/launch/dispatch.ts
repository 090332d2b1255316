/** Running a kernel on tensors, without knowing of buffers and their ranges: for kernels of a library's user. */
import { UsageError } from '../../device/errors.js';
import type { Kernel, Launch } from '../../device/kernel.js';
import type { Tensor } from '../../tensor/tensor.js';

/**
 * One run of a kernel: its tensors in the order of the kernel's `read` and `write` bindings, and all else of a launch.
 */
export interface TensorLaunch extends Omit<Launch, 'buffers'> {
  readonly tensors: readonly Tensor[];
}

/**
 * Records one run of a kernel on tensors, in order with all else that is recorded. What a `write` binding names is
 * changed in place: make it with `empty`, and give nobody else's tensor.
 * @throws UsageError when there is no tensor, the bindings are not those of the kernel, or a tensor's step has ended;
 * ShapeError when a tensor is larger than the adapter can bind.
 */
export function dispatch(kernel: Kernel, { tensors, ...launch }: TensorLaunch): void {
  const [first] = tensors;
  if (first === undefined) throw new UsageError(`[${kernel.name}] is given no tensor to work on`);
  first.device.dispatch(kernel, { ...launch, buffers: tensors.map((t) => t.range) });
}
