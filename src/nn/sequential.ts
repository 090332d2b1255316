/** Modules in a row, as torch.nn.Sequential, with ReLUs taken into the kernels beside them. */
import type { Tensor } from '../tensor/tensor.js';
import { Conv2d, Linear, MaxPool2d, ReLU } from './layers.js';
import { Module } from './module.js';
import { BatchNorm1d, BatchNorm2d } from './norm.js';

const RELU = { activation: 'relu' } as const;

/**
 * Modules one after the other; their keys are their numbers, or the names in a record of them. A ReLU before max
 * pooling is computed while pooling (the smaller result is then all that is kept), one behind a convolution, a linear
 * layer or a batch norm while that writes its result. The numbers are the same; a pass over memory is saved.
 */
export class Sequential extends Module {
  readonly #layers: readonly Module[];
  readonly #names: readonly string[];

  /** @param layers modules, or one record of modules by name, as PyTorch's OrderedDict. */
  constructor(...layers: readonly Module[] | readonly [Readonly<Record<string, Module>>]) {
    super();
    const [first] = layers;
    const named: Readonly<Record<string, Module>> =
      first === undefined || first instanceof Module ? Object.fromEntries(Object.entries(layers)) : first;
    this.#layers = Object.values(named);
    this.#names = Object.keys(named);
  }

  /** The modules by their keys. */
  override *children(): Iterable<[string, Module]> {
    for (const [i, layer] of this.#layers.entries()) yield [this.#names[i], layer];
  }

  forward(x: Tensor): Tensor {
    const layers = this.#layers;
    let y = x;
    for (let i = 0; i < layers.length; i++) {
      const [layer, next] = [layers[i], layers[i + 1]];
      if (layer instanceof ReLU && next instanceof MaxPool2d) {
        y = next.forward(y, RELU);
        i++;
      } else if (next instanceof ReLU && !(layers[i + 2] instanceof MaxPool2d) && canActivate(layer)) {
        y = layer.forward(y, RELU);
        i++;
      } else y = layer.forward(y);
    }
    return y;
  }
}

function canActivate(layer: Module): layer is Conv2d | Linear | BatchNorm1d | BatchNorm2d {
  return (
    layer instanceof Conv2d || layer instanceof Linear || layer instanceof BatchNorm1d || layer instanceof BatchNorm2d
  );
}
