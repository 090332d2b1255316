/**
 * An image as a sequence of its rows, read by an LSTM from top to bottom (and from bottom to top): what it remembers at
 * the end goes to a linear layer. 82,186 parameters for 28x28 grey images and 10 classes, 164,362 in both directions.
 */
import { permute, reshape } from '../../autograd/ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { Linear } from '../layers.js';
import { Module } from '../module.js';
import { LSTM } from '../recurrent.js';
import type { ModelInput } from './list.js';

/** Options of `LSTMClassifier`. */
export interface LSTMClassifierOptions {
  readonly hidden?: number;
  readonly bidirectional?: boolean;
}

/** The rows of an image as a sequence: LSTM, its last state, a linear layer. */
export class LSTMClassifier extends Module {
  readonly lstm: LSTM;
  readonly fc: Linear;

  constructor(
    { channels, width, classes }: ModelInput,
    { hidden = 128, bidirectional = false }: LSTMClassifierOptions = {},
  ) {
    super();
    this.lstm = new LSTM(channels * width, hidden, { bidirectional });
    this.fc = new Linear((bidirectional ? 2 : 1) * hidden, classes);
  }

  /** x (N, C, H, W) -> logits (N, classes). A step sees one row of all channels. */
  forward(x: Tensor): Tensor {
    const [N, C, H, W] = x.shape;
    const { h } = this.lstm.forward(reshape(permute(x, [2, 0, 1, 3]), [H, N, C * W]));
    const [D] = h.shape; // (D, N, hidden)
    return this.fc.forward(reshape(D === 1 ? h : permute(h, [1, 0, 2]), [N, -1]));
  }
}
