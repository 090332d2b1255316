// says: the one whose last bit is 0
/** Numbers of 16 bits: 1 sign, 5 of the exponent, 10 of the fraction. */

/**
 * The nearest half to x; of two that are equally near the one whose last bit is 0. From 65,520 on it is infinite; below
 * 2^-14 the steps stay 2^-24 wide (denormals).
 */
export function roundToHalf(x) {
  if (Number.isNaN(x) || x === 0) return x;
  const size = Math.abs(x);
  const exponent = Math.max(Math.floor(Math.log2(size)), -14);
  const step = 2 ** (exponent - 10); // between neighbouring halves
  const rounded = roundToEven(size / step) * step;
  return Math.sign(x) * (rounded > 65504 ? Infinity : rounded);
}

/** The nearest whole number; of two the even one. */
function roundToEven(x) {
  const below = Math.floor(x);
  const rest = x - below;
  return rest >= 0.5 ? below + 1 : below;
}

/** A dot product whose products are halves times halves, added up in halves, or in f32. */
export function dot(a, b, sumsAreHalf) {
  const round = sumsAreHalf ? roundToHalf : Math.fround;
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum = round(sum + roundToHalf(a[k]) * roundToHalf(b[k]));
  return sum;
}
