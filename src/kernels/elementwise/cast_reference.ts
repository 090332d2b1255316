/** Numbers rounded to what halves can hold. */
import { halfBits, halfValue } from '../../tensor/half.js';
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

export function cast(x: HostTensor, dtype: 'f32' | 'f16'): HostTensor {
  const y = hostTensor(x.shape);
  for (let i = 0; i < x.data.length; i++) y.data[i] = dtype === 'f16' ? halfValue(halfBits(x.data[i])) : x.data[i];
  return y;
}
