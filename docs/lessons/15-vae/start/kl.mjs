/** How far q, a normal distribution of every latent number by itself, is from the standard normal, in nats. */

/** mean, logVar (Z): lists of numbers; logVar is the logarithm of the variance. Gives a number. */
export function kl(mean, logVar) {
  return 0; // yours
}

export function klBackward(mean, logVar, dy) {
  return { dmean: mean.map(() => 0), dlogVar: logVar.map(() => 0) }; // yours
}
