/** Modules in a row, as torch.nn.Sequential, with ReLUs taken into the kernels beside them. */
import { checkpoint } from '../autograd/checkpoint.js';
import { UsageError } from '../device/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { Conv2d, Linear, MaxPool2d, ReLU } from './layers.js';
import { Module, type AnyModule } from './module.js';
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
  #isCheckpointed = false;

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

  /**
   * From now on blocks in it, modules that are made of others, keep their inputs alone in training and are computed
   * again for the gradients. @returns how many blocks there are.
   */
  checkpointBlocks(): number {
    this.#isCheckpointed = true;
    return this.#layers.filter(isBlock).length;
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
      } else y = this.#isCheckpointed && isBlock(layer) ? checkpointed(layer, y) : layer.forward(y);
    }
    return y;
  }
}

/** A module that is made of others, and no row of them, which has blocks of its own. */
function isBlock(layer: AnyModule): boolean {
  return !(layer instanceof Sequential) && [...layer.children()].length > 0;
}

function checkpointed(block: Module, x: Tensor): Tensor {
  const parameters = [...block.namedParameters()].map(([, p]) => p.value);
  return checkpoint((input) => block.forward(input), x, parameters);
}

/** Blocks of a module, not those inside of blocks, which are computed again as a whole. */
function checkpointWithin(module: AnyModule): number {
  let blocks = module instanceof Sequential ? module.checkpointBlocks() : 0;
  for (const [, child] of module.children())
    if (!(module instanceof Sequential && isBlock(child))) blocks += checkpointWithin(child);
  return blocks;
}

/**
 * Activation checkpointing: the blocks of a model that stand in rows keep their inputs alone in training
 * (autograd/checkpoint.ts). Memory for time; the numbers are the same, bit for bit, running statistics too.
 * @returns how many blocks there are. @throws UsageError when there are none.
 */
export function checkpointBlocks(model: AnyModule): number {
  const blocks = checkpointWithin(model);
  if (blocks === 0)
    throw new UsageError('this model has no blocks in a row that could be computed again for the gradients', {
      fix: 'take one of residual, dense or transformer blocks, or do without',
    });
  return blocks;
}

function canActivate(layer: Module): layer is Conv2d | Linear | BatchNorm1d | BatchNorm2d {
  return (
    layer instanceof Conv2d || layer instanceof Linear || layer instanceof BatchNorm1d || layer instanceof BatchNorm2d
  );
}
