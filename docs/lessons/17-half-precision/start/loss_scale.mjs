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
 * of them is not finite and the step has to be left out (the scale is halved then, and the count begins anew); and the
 * scaler for the next step.
 */
export function unscale(scaler, scaled) {
  return { gradients: scaled, next: scaler }; // yours
}
