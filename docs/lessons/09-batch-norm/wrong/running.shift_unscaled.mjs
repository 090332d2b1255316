// says: the mean is scaled, too
/** What batch norm keeps for the time after training, when there is no batch to take statistics of. */

/** The running statistics after one more batch: (1 - momentum) of the old, momentum of the new. All are (C,). */
export function updateRunning(running, batch, momentum = 0.1) {
  const { mean, variance, count } = batch; // the variance divides by count; what is kept divides by count - 1
  const unbiased = variance.map((v) => (v * count) / (count - 1));
  const mix = (old, now) => old.map((v, c) => (1 - momentum) * v + momentum * now[c]);
  return { mean: mix(running.mean, mean), variance: mix(running.variance, unbiased) };
}

/** Evaluation: y = x * scale + shift. The whole op is a factor and a term for each channel. */
export function foldNorm(running, weight, bias, eps = 1e-5) {
  const scale = weight.map((w, c) => w / Math.sqrt(running.variance[c] + eps));
  return { scale, shift: bias.map((b, c) => b - running.mean[c]) };
}
