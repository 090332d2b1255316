/** Numbers of 16 bits: 1 sign, 5 of the exponent, 10 of the fraction. */

/**
 * The nearest half to x; of two that are equally near the one whose last bit is 0. From 65,520 on it is infinite; below
 * 2^-14 the steps stay 2^-24 wide (denormals).
 */
export function roundToHalf(x) {
  return x; // yours
}

/** A dot product whose products are halves times halves, added up in halves, or in f32. */
export function dot(a, b, sumsAreHalf) {
  return 0; // yours
}
