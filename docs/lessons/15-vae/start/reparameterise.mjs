/** A draw from a normal distribution that gradients flow through: the chance is in `noise`, which has none. */

/** z (Z) of mean and log-variance (Z), and of standard normal noise (Z). */
export function reparameterise(mean, logVar, noise) {
  return mean.map(() => 0); // yours
}

export function reparameteriseBackward(logVar, noise, dz) {
  return { dmean: dz.map(() => 0), dlogVar: dz.map(() => 0) }; // yours
}
