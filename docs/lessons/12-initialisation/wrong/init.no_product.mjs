// says: layers multiply
/** How large weights should be at the start. A shape is (out, in) of a layer, or (O, I, kH, kW) of a convolution. */

/** How many numbers are added up to make one output, and how many outputs an input goes into. */
export function fans([out, into, ...kernel]) {
  const taps = kernel.reduce((n, d) => n * d, 1);
  return { fanIn: into * taps, fanOut: out * taps };
}

/** The standard deviation with which a layer in front of a ReLU keeps the size of what goes through it (He 2015). */
export function kaimingNormalStd(shape) {
  return Math.sqrt(2 / fans(shape).fanIn); // a ReLU halves the mean square
}

/** Weights uniform in [-bound, bound): the variance is bound^2 / 3, and is to be 2 / (fanIn + fanOut) (Glorot 2010). */
export function xavierUniformBound(shape) {
  const { fanIn, fanOut } = fans(shape);
  return Math.sqrt(6 / (fanIn + fanOut));
}

/** The root of the mean square behind each of the layers, if it is 1 before the first. shapes and stds go together. */
export function sizesThrough(shapes, stds) {
  let square = 1;
  return shapes.map((shape, l) => {
    square = (stds[l] ** 2 * fans(shape).fanIn) / 2; // a sum of fanIn products, then a ReLU
    return Math.sqrt(square);
  });
}
