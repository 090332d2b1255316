import { add, binaryCrossEntropyWithLogits, div, exp, mul, nn, relu, sigmoid, sub } from 'weftgrad';

/** A variational auto-encoder of images as vectors: x (N, D) in [0, 1]. */
export class Vae extends nn.Module {
  constructor(pixels, hidden, latent) {
    super();
    this.encoder = new nn.Linear(pixels, hidden);
    this.mean = new nn.Linear(hidden, latent);
    this.logVar = new nn.Linear(hidden, latent);
    this.decoder = new nn.Linear(latent, hidden);
    this.out = new nn.Linear(hidden, pixels);
  }

  /** x (N, D) -> q(z | x): mean and log-variance (N, Z) each. */
  encode(x) {
    const h = relu(this.encoder.forward(x));
    return { mean: this.mean.forward(h), logVar: this.logVar.forward(h) };
  }

  /** z (N, Z) -> logits of the pixels (N, D). */
  decode(z) {
    return this.out.forward(relu(this.decoder.forward(z)));
  }

  /** noise (N, Z) -> the negative ELBO of an image, in nats: the mean over the batch, a tensor (). */
  forward(x, noise) {
    const { mean, logVar } = this.encode(x);
    return add(mean.sum(), logVar.sum()); // yours: the draw, the reconstruction, the KL
  }

  /** z (N, Z), standard normal -> images (N, D) in [0, 1]. */
  sample(z) {
    return this.decode(z); // yours
  }
}
