/** What all optimizers share: flat memory, learning rates in GPU memory, groups of parameters. */
import { advanceGroupSteps_, advanceStep_, type RateTable } from '../kernels/optimizer/optimizer.js';
import type { AnyModule } from '../nn/module.js';
import type { ParameterMemory } from '../nn/parameter.js';
import type { Tensor } from '../tensor/tensor.js';
import { checkLearningRate, Groups, type ParameterGroup } from './groups.js';
import { LossScale, type LossScaleOptions } from './loss_scale.js';

/**
 * State and learning rates in GPU memory; a step is two dispatches, unless an optimizer says otherwise, however many
 * parameters and groups there are.
 */
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
    if (this.#groups !== null && this.#groups.table.stepsAt > 0)
      advanceGroupSteps_(this.#hyper, this.#groups.table, this.#groups.count);
    this.update(this.#memory, this.#hyper, this.#groups?.table ?? null);
  }

  /**
   * Groups of these stages stand still from now on, others move; a group's steps are counted from when it first moves.
   * A captured step keeps to it, too; Muon's has nothing of what stood still when it was captured.
   */
  hold(isHeld: (stage: number) => boolean): void {
    this.#groups?.hold(isHeld);
    if (!Number.isNaN(this.#lr)) this.#groups?.setBase(this.#lr);
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

  /** The row of the table of rates that each parameter has, in the order of the model's. */
  protected rowOf(parameter: number): number {
    return this.#groups?.rows[parameter] ?? 0;
  }

  /** Whether a row's rate is 0 whatever the learning rate is. */
  protected isStill(row: number): boolean {
    return this.#groups?.isStill(row) ?? false;
  }

  protected abstract update(memory: ParameterMemory, hyper: Tensor, table: RateTable | null): void;
  protected abstract moments(): Record<string, Tensor>;
}
