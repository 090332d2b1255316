/**
 * The critic of an adversarial auto-encoder (Makhzani et al.: "Adversarial autoencoders", 2016): Z - hidden - hidden -
 * 1 with ReLU. It says whether a z was drawn from the prior or made by the encoder.
 */
import type { Tensor } from '../../tensor/tensor.js';
import { Linear } from '../layers.js';
import { Module } from '../module.js';

const RELU = { activation: 'relu' } as const;

/** Tells latent vectors from draws of the prior. */
export class Discriminator extends Module<readonly [z: Tensor]> {
  readonly fc1: Linear;
  readonly fc2: Linear;
  readonly fc3: Linear;

  /** @param latent Z. @param hidden width of both hidden layers. */
  constructor(latent: number, hidden: number) {
    super();
    this.fc1 = new Linear(latent, hidden);
    this.fc2 = new Linear(hidden, hidden);
    this.fc3 = new Linear(hidden, 1);
  }

  /** z (N, Z) -> (N, 1): the logit of its being a draw from the prior. */
  forward(z: Tensor): Tensor {
    return this.fc3.forward(this.fc2.forward(this.fc1.forward(z, RELU), RELU));
  }
}
