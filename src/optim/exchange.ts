/** Whole memories of numbers copied and exchanged on the GPU. */
import type { Tensor } from '../tensor/tensor.js';

/** to = from, both flat and of one size. */
export function copyInto(to: Tensor, from: Tensor): void {
  from.device.copy(from.storage, from.byteOffset, to.storage, to.byteOffset, from.byteLength);
}

/** Each gets the other's numbers. */
export function exchange(a: Tensor, b: Tensor): void {
  const { device, byteLength } = a;
  const aside = device.allocate(byteLength);
  device.copy(a.storage, a.byteOffset, aside, 0, byteLength);
  copyInto(a, b);
  device.copy(aside, 0, b.storage, b.byteOffset, byteLength);
  aside.release();
}
