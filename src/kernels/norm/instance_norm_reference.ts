/** Instance normalisation and its gradients: group normalisation whose groups are single channels. */
import type { HostTensor } from '../launch/host_tensor.js';
import { batchStatistics, movedStatistics, type ChannelStatistics } from './batch_norm_reference.js';
import { groupNorm, groupNormBackward } from './group_norm_reference.js';
import { hostTensor } from '../launch/host_tensor.js';

/** x (N, C, …), weight and bias (C). */
export function instanceNorm(
  x: HostTensor,
  weight: HostTensor | null,
  bias: HostTensor | null,
  eps: number,
): HostTensor {
  return groupNorm(x, x.shape[1], weight, bias, eps);
}

export function instanceNormBackward(
  dy: HostTensor,
  x: HostTensor,
  weight: HostTensor | null,
  eps: number,
): [HostTensor, HostTensor, HostTensor] {
  return groupNormBackward(dy, x, x.shape[1], weight, eps);
}

/** The running statistics after a batch: as batch_norm's of each image, and of these the mean. */
export function movedInstanceStatistics(running: ChannelStatistics, x: HostTensor, factor: number): ChannelStatistics {
  const [N, C, ...plane] = x.shape;
  const P = plane.reduce((n, d) => n * d, 1);
  const moved = Array.from({ length: N }, (_, n) => {
    const image = hostTensor([1, C, ...plane], x.data.subarray(n * C * P, (n + 1) * C * P));
    return movedStatistics(running, batchStatistics(image), P, factor);
  });
  const mean = (of: (s: ChannelStatistics) => HostTensor): HostTensor =>
    hostTensor(
      [C],
      Array.from({ length: C }, (_, c) => moved.reduce((sum, s) => sum + of(s).data[c], 0) / N),
    );
  return { mean: mean((s) => s.mean), variance: mean((s) => s.variance) };
}
