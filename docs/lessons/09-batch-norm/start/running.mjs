/** What batch norm keeps for the time after training, when there is no batch to take statistics of. */

/**
 * The running statistics after one more batch: (1 - momentum) of the old, momentum of the new. All are (C,). The
 * batch's variance divides by `count`; what is kept is the unbiased one, which divides by count - 1 (as PyTorch's).
 */
export function updateRunning(running, batch, momentum = 0.1) {
  return running; // yours
}

/** Evaluation: y = x * scale + shift gives what batch norm does with the running statistics. */
export function foldNorm(running, weight, bias, eps = 1e-5) {
  return { scale: weight, shift: bias }; // yours
}
