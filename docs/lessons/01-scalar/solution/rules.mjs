/** What an op hands back: dy times the slope of y in each input. */

/** y = a * b: when a moves by h, y moves by h * b. */
export function mulBackward(a, b, dy) {
  return { da: dy * b, db: dy * a };
}

/** y = a / b = a * b^-1, whose slope in b is -a / b^2. */
export function divBackward(a, b, dy) {
  return { da: dy / b, db: (-dy * a) / (b * b) };
}

/** y = a ** n */
export function powBackward(a, n, dy) {
  return { da: dy * n * a ** (n - 1) };
}

/** y = tanh(a): 1 - tanh(a)^2, and y is tanh(a). */
export function tanhBackward(y, dy) {
  return { da: dy * (1 - y * y) };
}
