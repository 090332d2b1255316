// says: the noise is missing
/** A draw from a normal distribution that gradients flow through: the chance is in `noise`, which has none. */

/** z (Z) of mean and log-variance (Z), and of standard normal noise (Z). */
export function reparameterise(mean, logVar, noise) {
  return mean.map((m, i) => m + Math.exp(logVar[i] / 2) * noise[i]); // exp(logVar / 2) is the standard deviation
}

export function reparameteriseBackward(logVar, noise, dz) {
  return {
    dmean: [...dz],
    dlogVar: dz.map((d, i) => (d * Math.exp(logVar[i] / 2)) / 2),
  };
}
