/**
 * Recurrent layers, with torch.nn's names, argument order and defaults. Their forward gives { output, h, c } or {
 * output, h } where PyTorch gives tuples.
 */
import {
  gru,
  lstm,
  rnn,
  type GruResult,
  type LstmResult,
  type LstmState,
  type RnnOptions,
  type RnnResult,
} from '../autograd/ops/index.js';
import type { RecurrentOptions } from '../autograd/ops/recurrent/recurrent.js';
import { UsageError } from '../device/errors.js';
import type { RecurrentWeights } from '../kernels/recurrent/recurrent.js';
import type { Tensor } from '../tensor/tensor.js';
import { uniformFanIn } from './init.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { settings } from './print.js';

/** Options of `LSTM` and `GRU`. */
export interface RecurrentLayerOptions extends Omit<RecurrentOptions, 'training'> {
  readonly numLayers?: number;
  readonly bias?: boolean;
}

/**
 * Parameters as PyTorch names and orders them: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, then the same with
 * `_reverse`, then layer 1. All start uniform in ±1 / sqrt(hiddenSize).
 */
export abstract class RecurrentModule<State, Result> extends Module<
  readonly [x: Tensor, state?: State | null],
  Result
> {
  readonly #parameters = new Map<string, Parameter>();
  readonly #options: RecurrentLayerOptions;
  readonly #sizes: string;

  constructor(op: string, gates: number, inputSize: number, hiddenSize: number, options: RecurrentLayerOptions) {
    super();
    const { numLayers = 1, bidirectional = false, bias = true, dropout = 0 } = options;
    if (![inputSize, hiddenSize, numLayers].every((n) => Number.isInteger(n) && n > 0)) {
      throw new UsageError(
        `[${op}] sizes ${inputSize}, ${hiddenSize} and ${numLayers} layers must be whole numbers of at least 1`,
      );
    }
    if (!(dropout >= 0 && dropout < 1))
      throw new UsageError(`[${op}] dropout ${dropout} is not a probability in [0, 1)`);
    this.#options = options;
    this.#sizes = `${inputSize}, ${hiddenSize}`;
    const init = uniformFanIn(hiddenSize);
    const rows = gates * hiddenSize;
    const directions = bidirectional ? ['', '_reverse'] : [''];
    for (let layer = 0; layer < numLayers; layer++) {
      const features = layer === 0 ? inputSize : directions.length * hiddenSize;
      for (const suffix of directions.map((d) => `l${layer}${d}`)) {
        this.#parameters.set(`weight_ih_${suffix}`, new Parameter([rows, features], init));
        this.#parameters.set(`weight_hh_${suffix}`, new Parameter([rows, hiddenSize], init));
        if (bias)
          for (const name of ['bias_ih', 'bias_hh'])
            this.#parameters.set(`${name}_${suffix}`, new Parameter([rows], init));
      }
    }
  }

  protected override *ownParameters(): Iterable<[string, Parameter]> {
    yield* this.#parameters;
  }

  /** What the function takes: one entry per layer and direction. */
  protected weights(): RecurrentWeights[] {
    const value = (name: string): Tensor | null => this.#parameters.get(name)?.value ?? null;
    const suffixes = [...this.#parameters.keys()]
      .filter((k) => k.startsWith('weight_ih_'))
      .map((k) => k.slice('weight_ih_'.length));
    return suffixes.map((s) => ({
      weightIh: value(`weight_ih_${s}`) as Tensor,
      weightHh: value(`weight_hh_${s}`) as Tensor,
      biasIh: value(`bias_ih_${s}`),
      biasHh: value(`bias_hh_${s}`),
    }));
  }

  protected options(): RecurrentOptions {
    return { ...this.#options, training: this.training };
  }

  override extraRepr(): string {
    return [this.#sizes, settings(this.#options)].filter((part) => part !== '').join(', ');
  }
}

/** torch.nn.LSTM (without proj_size). */
export class LSTM extends RecurrentModule<LstmState, LstmResult> {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentLayerOptions = {}) {
    super('LSTM', 4, inputSize, hiddenSize, options);
  }

  /**
   * @param x (T, N, I), (N, T, I) with `batchFirst`, or (T, I).
   * @param state h and c before the first step, (L D, N, H) each; zeros by default.
   * @returns output (T, N, D H); h and c after the last step, (L D, N, H).
   */
  forward(x: Tensor, state: LstmState | null = null): LstmResult {
    return lstm(x, state, this.weights(), this.options());
  }
}

/** torch.nn.GRU. */
export class GRU extends RecurrentModule<Tensor, GruResult> {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentLayerOptions = {}) {
    super('GRU', 3, inputSize, hiddenSize, options);
  }

  /**
   * @param x (T, N, I), (N, T, I) with `batchFirst`, or (T, I).
   * @param h0 h before the first step, (L D, N, H); zeros by default.
   * @returns output (T, N, D H); h after the last step, (L D, N, H).
   */
  forward(x: Tensor, h0: Tensor | null = null): GruResult {
    return gru(x, h0, this.weights(), this.options());
  }
}

/** Options of `RNN`, with PyTorch's defaults. */
export interface RnnLayerOptions extends RecurrentLayerOptions {
  /** Default 'tanh'. */
  readonly nonlinearity?: RnnOptions['nonlinearity'];
}

/** torch.nn.RNN. */
export class RNN extends RecurrentModule<Tensor, RnnResult> {
  readonly #nonlinearity: RnnOptions['nonlinearity'];

  constructor(inputSize: number, hiddenSize: number, { nonlinearity = 'tanh', ...options }: RnnLayerOptions = {}) {
    super('RNN', 1, inputSize, hiddenSize, options);
    if (!['tanh', 'relu'].includes(nonlinearity))
      throw new UsageError(`[RNN] nonlinearity "${nonlinearity}" is not "tanh" or "relu"`);
    this.#nonlinearity = nonlinearity;
  }

  /**
   * @param x (T, N, I), (N, T, I) with `batchFirst`, or (T, I).
   * @param h0 h before the first step, (L D, N, H); zeros by default.
   * @returns output (T, N, D H); h after the last step, (L D, N, H).
   */
  forward(x: Tensor, h0: Tensor | null = null): RnnResult {
    return rnn(x, h0, this.weights(), { ...this.options(), nonlinearity: this.#nonlinearity });
  }
}
