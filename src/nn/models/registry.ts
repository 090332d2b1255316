/** The list of models: what `--model` names and `weft models` lists. */
import { UsageError } from '../../device/errors.js';
import type { Module } from '../module.js';
import { CNN } from './cnn.js';
import { ConvBN } from './convbn.js';
import { LeNet5 } from './lenet5.js';
import { LSTMClassifier } from './lstm.js';
import { MLP } from './mlp.js';

/** What a model sees and says: images (N, channels, height, width), logits (N, classes). */
export interface ModelInput {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
}

export interface ModelSpec {
  readonly name: string;
  readonly description: string;
  /** Smallest height and width that its pooling leaves anything of. */
  readonly minimumSize: number;
  readonly build: (input: ModelInput) => Module;
}

export const MODELS: readonly ModelSpec[] = [
  { name: 'mlp', description: 'perceptron with two hidden layers (256, 128), ReLU', minimumSize: 1, build: (i) => new MLP(i) },
  { name: 'lenet5', description: 'LeNet-5: conv 5x5x6, conv 5x5x16, tanh, average pooling, fc 120, 84', minimumSize: 12, build: (i) => new LeNet5(i) },
  { name: 'cnn', description: 'conv 3x3x32, conv 3x3x64, ReLU, max pooling, fc 128', minimumSize: 4, build: (i) => new CNN(i) },
  { name: 'convbn', description: 'six conv 3x3 with batch norm, 32 to 128 channels, mean over the image, dropout', minimumSize: 4, build: (i) => new ConvBN(i) },
  { name: 'lstm', description: 'the rows of the image as a sequence: LSTM 128, last state, fc', minimumSize: 1, build: (i) => new LSTMClassifier(i) },
  { name: 'bilstm', description: 'the rows in both directions: bidirectional LSTM 128, last states, fc', minimumSize: 1, build: (i) => new LSTMClassifier(i, { bidirectional: true }) },
];

/** What Fashion-MNIST gives; parameter counts are quoted for it. */
export const DEFAULT_INPUT: ModelInput = { channels: 1, height: 28, width: 28, classes: 10 };

/** @throws UsageError for an unknown name, or images too small for the model. */
export function buildModel(name: string, input: ModelInput): Module {
  const spec = MODELS.find((m) => m.name === name);
  if (spec === undefined) throw new UsageError(`there is no model "${name}"`, { fix: `use one of ${MODELS.map((m) => m.name).join(', ')}` });
  if (Math.min(input.height, input.width) < spec.minimumSize) {
    throw new UsageError(`${name} needs images of at least ${spec.minimumSize}x${spec.minimumSize}, got ${input.height}x${input.width}`, { fix: 'use larger images, or --model mlp' });
  }
  return spec.build(input);
}
