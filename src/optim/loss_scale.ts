/**
 * Dynamic loss scaling, after torch.cuda.amp.GradScaler. Gradients of activations are stored as halves, whose smallest
 * number is 6e-8: small ones would become 0. So the loss is multiplied by a large power of two before `backward`, and
 * the gradients of the parameters, which are f32, are divided by it afterwards. Where that was too much for halves, the
 * step is skipped and the scale halved. All of it is in GPU memory, so that a step can be recorded and replayed.
 */
import { advanceScaledStep_, unscale_ } from '../kernels/optimizer/loss_scale.js';
import type { ParameterMemory } from '../nn/parameter.js';
import { Tensor } from '../tensor/tensor.js';

/** Options of `LossScale`. */
export interface LossScaleOptions {
  /** A power of two from 1 to 2^24. Default 2^16. */
  readonly initial?: number;
  /** Steps without overflow after which the scale is doubled. Default 2000. */
  readonly interval?: number;
}

/** The factor that keeps gradients in half precision from vanishing; it finds its size by itself. */
export class LossScale {
  /** (64) f32: scale, good steps since it changed, skipped steps. Part of a checkpoint. */
  readonly state: Tensor;
  /** The scale, of shape (): the seed of `backward`. */
  readonly seed: Tensor;
  readonly #interval: number;
  readonly #memory: ParameterMemory;
  #overflows: Tensor | null = null;

  constructor(memory: ParameterMemory, { initial = 2 ** 16, interval = 2000 }: LossScaleOptions = {}) {
    this.#memory = memory;
    this.#interval = interval;
    this.state = memory.flat(64);
    this.seed = new Tensor(this.state.storage, 0, [], 'f32');
    memory.device.write(this.state.storage, Float32Array.of(initial));
  }

  /**
   * Divides the gradients by the scale, once after `backward`: before they are clipped. `advance` does so if it was not
   * done.
   */
  unscale(): void {
    this.#overflows ??= unscale_(this.#memory.grads, this.state);
  }

  /** Counts a step, or marks it as one to skip; moves the scale. Only for Optimizer. */
  advance(hyper: Tensor): void {
    this.unscale();
    if (this.#overflows !== null) advanceScaledStep_(hyper, this.state, this.#overflows, this.#interval);
    this.#overflows = null;
  }

  /** Where it stands, after everything recorded so far. */
  async read(): Promise<{ readonly scale: number; readonly skipped: number }> {
    const [scale, , skipped] = await this.state.read();
    return { scale, skipped };
  }
}
