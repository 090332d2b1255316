/** What the tests of captured inference share: a small model with a norm, and what it makes by itself. */
import { noGrad } from '../../src/autograd/graph.js';
import type { Device } from '../../src/device/device.js';
import { BatchNorm2d, Conv2d, Module } from '../../src/nn/index.js';
import { sizeOf } from '../../src/tensor/shape.js';
import { tensor, type Tensor } from '../../src/tensor/tensor.js';
import { noise } from './noise.js';

/** Statistics and affine parameters that make a norm do something; they stand for trained ones. */
export function unsettle(device: Device, model: Module): void {
  let stream = 100;
  for (const [, m] of model.namedModules()) {
    if (!(m instanceof BatchNorm2d)) continue;
    const write = (t: Tensor | undefined, of: (v: number) => number): void => {
      if (t) device.write(t.storage, noise(t.size, stream++).map(of), t.byteOffset);
    };
    write(m.weight?.value, (v) => 1 + 0.3 * v);
    write(m.bias?.value, (v) => 0.2 * v);
    write(m.running_mean?.value, (v) => 0.3 * v);
    write(m.running_var?.value, (v) => 1 + 0.6 * v);
  }
}

export function input(device: Device, shape: readonly number[], stream = 0): Tensor {
  return tensor(device, noise(sizeOf(shape), stream), { shape });
}

export const plain = (device: Device, model: Module, x: Tensor): Tensor =>
  device.step(() => noGrad(() => model.forward(x)));

/** y = bn(conv(x)), and what the conv's output is used for besides. */
export class Odd extends Module {
  readonly conv: Conv2d;
  readonly bn: BatchNorm2d;
  readonly #use: (h: Tensor, y: (h: Tensor) => Tensor) => Tensor;

  constructor(
    use: (h: Tensor, y: (h: Tensor) => Tensor) => Tensor,
    conv: ConstructorParameters<typeof Conv2d>[3] = {},
    bn: ConstructorParameters<typeof BatchNorm2d>[1] = {},
  ) {
    super();
    this.conv = new Conv2d(3, 8, 3, { padding: 1, ...conv });
    this.bn = new BatchNorm2d(8, bn);
    this.#use = use;
  }

  forward(x: Tensor): Tensor {
    return this.#use(this.conv.forward(x), (h) => this.bn.forward(h));
  }
}
