// says: that is the standard deviation
/** How far q, a normal distribution of every latent number by itself, is from the standard normal, in nats. */

/** Σ over z of (mean² + exp(logVar) - 1 - logVar) / 2. mean, logVar (Z): lists of numbers. */
export function kl(mean, logVar) {
  return mean.reduce((sum, m, i) => sum + (m * m + Math.exp(logVar[i] / 2) - 1 - logVar[i]) / 2, 0);
}

export function klBackward(mean, logVar, dy) {
  return {
    dmean: mean.map((m) => dy * m),
    dlogVar: logVar.map((v) => (dy * (Math.exp(v) - 1)) / 2),
  };
}
