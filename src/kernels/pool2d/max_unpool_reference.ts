/**
 * The partial inverse of max pooling, and its gradient: x and index (N, C, oH, oW), y (N, C, H, W). Of equal indices
 * the last one counts.
 */
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

/** For each element of y, the element of x that came there; -1 where none did. */
function sources(index: HostTensor, shapeY: readonly number[]): Float64Array {
  const [N, C, oH, oW] = index.shape;
  const plane = shapeY[2] * shapeY[3];
  const from = new Float64Array(N * C * plane).fill(-1);
  for (let i = 0; i < index.data.length; i++)
    if (index.data[i] < plane) from[Math.floor(i / (oH * oW)) * plane + index.data[i]] = i;
  return from;
}

/** y[n, c, index[n, c, i]] = x[n, c, i], 0 elsewhere. */
export function maxUnpool2d(x: HostTensor, index: HostTensor, shapeY: readonly number[]): HostTensor {
  const from = sources(index, shapeY);
  return hostTensor(
    shapeY,
    from.map((i) => (i < 0 ? 0 : x.data[i])),
  );
}

export function maxUnpool2dBackward(dy: HostTensor, index: HostTensor): HostTensor {
  const dx = hostTensor(index.shape);
  for (const [at, i] of sources(index, dy.shape).entries()) if (i >= 0) dx.data[i] = dy.data[at];
  return dx;
}
