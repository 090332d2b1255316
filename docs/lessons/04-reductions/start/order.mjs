/** Sums of f32 numbers: after every operation the result is rounded to f32, as a GPU does it. */
const f32 = Math.fround;

/** One after the other. */
export function serialSum(values) {
  return f32(0); // yours
}

/** In pairs: the sums of both halves are added; a half is summed in the same way. */
export function pairwiseSum(values) {
  return f32(0); // yours
}

/** One after the other, with what each rounding has lost given to the next number (Kahan 1965). */
export function kahanSum(values) {
  return f32(0); // yours
}
