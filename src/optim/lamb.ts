/** LAMB: Adam whose step is as long as each parameter's weights are large. */
import { chunksOf, lamb_, type Chunks, type LambSettings } from '../kernels/optimizer/lamb.js';
import type { RateTable } from '../kernels/optimizer/optimizer.js';
import type { AnyModule } from '../nn/module.js';
import type { ParameterMemory } from '../nn/parameter.js';
import { Tensor } from '../tensor/tensor.js';
import type { GroupOptions } from './groups.js';
import { Optimizer } from './optimizer.js';

/** Options of `LAMB`, with timm's names and defaults. */
export interface LambOptions extends Partial<LambSettings>, GroupOptions {
  readonly lr?: number;
}

/**
 * LAMB (You et al. 2020, "Large batch optimization for deep learning") as timm has it: bias correction; the step of
 * each parameter multiplied by the norm of its weights over that of its direction (Adam's step + weight decay *
 * weights).
 * Parameters without weight decay take Adam's step unless `alwaysAdapt`. Gradients are not clipped: that is
 * `clipGradNorm_(model, 1)` before the step, which timm's does by itself. A step is four dispatches.
 */
export class LAMB extends Optimizer {
  readonly #settings: LambSettings;
  readonly #m: Tensor;
  readonly #v: Tensor;
  readonly #tables: { readonly host: Chunks; readonly chunks: Tensor; readonly spans: Tensor };

  constructor(
    model: AnyModule,
    {
      lr = 1e-3,
      betas = [0.9, 0.999],
      eps = 1e-6,
      weightDecay = 0.01,
      trustClip = false,
      alwaysAdapt = false,
      groups,
    }: LambOptions = {},
  ) {
    super(model, lr, weightDecay, groups);
    this.#settings = { betas, eps, weightDecay, trustClip, alwaysAdapt };
    this.#m = model.memory.flat();
    this.#v = model.memory.flat();
    const segments = [...model.namedParameters()].map(([, { size }], i) => ({
      start: model.memory.offsets[i],
      size,
      group: this.rowOf(i),
    }));
    const host = chunksOf(segments);
    this.#tables = { host, chunks: tableOn(model, host.chunks), spans: tableOn(model, host.spans) };
  }

  protected update(memory: ParameterMemory, hyper: Tensor, table: RateTable | null): void {
    lamb_(memory.weights, memory.grads, this.#m, this.#v, hyper, this.#tables, this.#settings, table);
  }

  protected moments(): Record<string, Tensor> {
    return { m: this.#m, v: this.#v };
  }
}

function tableOn({ memory }: AnyModule, words: Uint32Array<ArrayBuffer>): Tensor {
  const { storage } = memory.flat(Math.max(64, words.length));
  memory.device.write(storage, words);
  return new Tensor(storage, 0, [words.length], 'u32');
}
