/** Sums so far along a dimension. */
import { elementAt, hostTensor, positionOf, type HostTensor } from '../launch/host_tensor.js';

/** y[…, j, …] = x[…, 0, …] + … + x[…, j, …]. */
export function cumsum(x: HostTensor, dim: number): HostTensor {
  const y = hostTensor(x.shape);
  for (let e = 0; e < y.data.length; e++) {
    const position = positionOf(e, x.shape);
    const j = position[dim] ?? 0;
    if (j === 0) y.data[e] = x.data[e];
    else y.data[e] = y.data[elementAt(position.with(dim, j - 1), x.shape)] + x.data[e];
  }
  return y;
}

/** dx[…, j, …] = dy[…, j, …] + … + dy[…, n - 1, …]. */
export function cumsumBackward(dy: HostTensor, dim: number): HostTensor {
  const dx = hostTensor(dy.shape);
  for (let e = dx.data.length - 1; e >= 0; e--) {
    const position = positionOf(e, dy.shape);
    const j = position[dim] ?? 0;
    if (j === (dy.shape[dim] ?? 1) - 1) dx.data[e] = dy.data[e];
    else dx.data[e] = dx.data[elementAt(position.with(dim, j + 1), dy.shape)] + dy.data[e];
  }
  return dx;
}
