/** Index of the largest entry along the last dimension. */
import { hostTensor, type HostTensor } from './host_tensor.js';

/** x (…, C) -> (…); the first of equals. */
export function argmax(x: HostTensor): HostTensor {
  const C = x.shape[x.shape.length - 1];
  const out = hostTensor(x.shape.slice(0, -1));
  for (let row = 0; row < out.data.length; row++) {
    for (let c = 1; c < C; c++) if (x.data[row * C + c] > x.data[row * C + out.data[row]]) out.data[row] = c;
  }
  return out;
}
