/** What all optimizers share: flat memory, learning rates in GPU memory, groups of parameters. */
import { UsageError } from '../device/errors.js';
import { advanceStep_, type RateTable } from '../kernels/optimizer/optimizer.js';
import type { AnyModule } from '../nn/module.js';
import type { ParameterMemory } from '../nn/parameter.js';
import { Tensor } from '../tensor/tensor.js';
import { LossScale, type LossScaleOptions } from './loss_scale.js';

/** Parameters, chosen by their state-dict keys, that have a learning rate or a weight decay of their own. */
export interface ParameterGroup {
  /** E.g. `/bias$/`, or a function of the key. The first group that matches a parameter has it. */
  readonly match: RegExp | ((name: string) => boolean);
  /** Default: the optimizer's. Setting the optimizer's learning rate later scales this one by as much. */
  readonly lr?: number;
  /** Default: the optimizer's. */
  readonly weightDecay?: number;
}

function checkLearningRate(lr: number): void {
  if (!(lr >= 0) || !Number.isFinite(lr))
    throw new UsageError(`learning rate ${lr} is not a number of at least 0`, { fix: 'e.g. 0.001' });
}

/** State and learning rates in GPU memory; a step is two dispatches, however many parameters and groups there are. */
export abstract class Optimizer {
  readonly #memory: ParameterMemory;
  /** (64) f32: learning rate, step number, whether to skip the step. */
  readonly #hyper: Tensor;
  readonly #groups: Groups | null;
  #lossScale: LossScale | null = null;
  #lr = Number.NaN;

  /** @throws UsageError when the model is on no device, a rate is no rate, or a group matches no parameter. */
  constructor(model: AnyModule, lr: number, weightDecay = 0, groups: readonly ParameterGroup[] = []) {
    checkLearningRate(lr);
    this.#memory = model.memory;
    this.#hyper = this.#memory.flat(64);
    this.#groups = groups.length === 0 ? null : new Groups(model, lr, weightDecay, groups);
    this.lr = lr;
  }

  /** The learning rate, as it was set last. */
  get lr(): number {
    return this.#lr;
  }

  /** Takes effect with the next step. Learning rates of groups are scaled by as much. */
  set lr(lr: number) {
    checkLearningRate(lr);
    if (lr === this.#lr) return;
    this.#groups?.setBase(lr);
    this.#lr = lr;
    this.#memory.device.write(this.#hyper.storage, Float32Array.of(lr));
  }

  /** The state was written from outside: the next learning rate is set whatever it is. */
  restored(): void {
    this.#lr = Number.NaN;
  }

  /** Sets all gradients to zero. */
  zeroGrad(): void {
    this.#memory.zeroGrads();
  }

  /** Null unless `scaleLoss` was called. */
  get lossScale(): LossScale | null {
    return this.#lossScale;
  }

  /**
   * From now on gradients come from a loss that is scaled: give `backward` the scale as its seed. Steps that overflow
   * are skipped.
   */
  scaleLoss(options: LossScaleOptions = {}): LossScale {
    return (this.#lossScale = new LossScale(this.#memory, options));
  }

  /** Moves the weights by the gradients, which are the sum of all `backward` since the last `zeroGrad`. */
  step(): void {
    if (this.#lossScale === null) advanceStep_(this.#hyper);
    else this.#lossScale.advance(this.#hyper);
    this.update(this.#memory, this.#hyper, this.#groups?.table ?? null);
  }

  /** Flat tensors that a checkpoint must keep, by name. */
  state(): ReadonlyMap<string, Tensor> {
    const scale = this.#lossScale === null ? [] : [['loss_scale', this.#lossScale.state] as const];
    return new Map([
      ['hyper', this.#hyper],
      ...scale,
      ...(this.#groups === null ? [] : [['rates', this.#groups.table.rates] as const]),
      ...Object.entries(this.moments()),
    ]);
  }

  protected abstract update(memory: ParameterMemory, hyper: Tensor, table: RateTable | null): void;
  protected abstract moments(): Record<string, Tensor>;
}

/** The table of rates: entry 0 is for parameters that no group matches. */
class Groups {
  readonly table: RateTable;
  /** Learning rate, as a share of the optimizer's, and weight decay of each entry. */
  readonly #entries: readonly { readonly share: number; readonly weightDecay: number }[];

  constructor(model: AnyModule, lr: number, weightDecay: number, groups: readonly ParameterGroup[]) {
    const { memory } = model;
    const own = groups.map((g) => {
      if (g.lr !== undefined) checkLearningRate(g.lr);
      if (g.lr !== undefined && g.lr !== 0 && lr === 0)
        throw new UsageError(`a group's learning rate of ${g.lr} is no multiple of the optimizer's, which is 0`, {
          fix: 'start with a learning rate above 0',
        });
      return { share: g.lr === undefined ? 1 : g.lr === 0 ? 0 : g.lr / lr, weightDecay: g.weightDecay ?? weightDecay };
    });
    this.#entries = [{ share: 1, weightDecay }, ...own];
    const groupOf = new Uint32Array(memory.weights.size / 64);
    const used = new Set<number>();
    let i = 0;
    for (const [name, p] of model.namedParameters()) {
      const group = groups.findIndex(({ match }) =>
        typeof match === 'function' ? match(name) : name.search(match) >= 0,
      );
      const first = memory.offsets[i++] / 64;
      groupOf.fill(group + 1, first, first + Math.ceil(p.size / 64));
      used.add(group);
    }
    const idle = groups.findIndex((_, g) => !used.has(g));
    if (idle >= 0)
      throw new UsageError(`group ${idle} (${String(groups[idle].match)}) has no parameters`, {
        fix:
          `keys look like ${[...model.namedParameters()][0]?.[0] ?? 'conv1.weight'}; of two groups that match, the ` +
          `first counts`,
      });
    const blocks = memory.flat(Math.ceil(groupOf.length / 64) * 64);
    memory.device.write(blocks.storage, groupOf);
    this.table = {
      rates: memory.flat(Math.ceil(this.#entries.length / 32) * 64),
      groupOf: new Tensor(blocks.storage, 0, [groupOf.length], 'u32'),
    };
  }

  setBase(lr: number): void {
    this.table.rates.device.write(
      this.table.rates.storage,
      Float32Array.from(this.#entries.flatMap((e) => [lr * e.share, e.weightDecay])),
    );
  }
}
