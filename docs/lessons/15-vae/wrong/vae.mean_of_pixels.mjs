// says: the KL then outweighs it
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
    const z = add(mean, mul(exp(mul(logVar, 0.5)), noise));
    // Sums over pixels and over latent numbers: both are logarithms of a whole image's probability.
    const reconstruction = mul(binaryCrossEntropyWithLogits(this.decode(z), x), x.shape[0]);
    const kl = mul(sub(add(mul(mean, mean), exp(logVar)), add(logVar, 1)).sum(), 0.5);
    return div(add(reconstruction, kl), x.shape[0]);
  }

  /** z (N, Z), standard normal -> images (N, D) in [0, 1]. */
  sample(z) {
    return sigmoid(this.decode(z)); // no encoder: there is no x
  }
}
