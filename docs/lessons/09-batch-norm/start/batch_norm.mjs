/**
 * Batch norm of x (N, C), an array of rows: every channel gets mean 0 and variance 1 over the batch, then a scale and a
 * shift that are learned. weight and bias are (C,).
 */

/** y = (x - mean) * invStd * weight + bias; what backward needs is returned with it: xhat = (x - mean) * invStd. */
export function batchNorm(x, weight, bias, eps = 1e-5) {
  return { y: x, xhat: x, invStd: weight.map(() => 1) }; // yours
}

/** dy is (N, C); xhat and invStd are what forward has made. */
export function batchNormBackward(dy, xhat, invStd, weight) {
  return { dx: dy, dweight: weight, dbias: weight }; // yours
}
