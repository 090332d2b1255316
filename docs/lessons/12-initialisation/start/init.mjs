/** How large weights should be at the start. A shape is (out, in) of a layer, or (O, I, kH, kW) of a convolution. */

/** How many numbers are added up to make one output, and how many outputs an input goes into. */
export function fans([out, into, ...kernel]) {
  return { fanIn: 1, fanOut: 1 }; // yours
}

/** The standard deviation with which a layer in front of a ReLU keeps the size of what goes through it (He 2015). */
export function kaimingNormalStd(shape) {
  return 1; // yours
}

/** Weights uniform in [-bound, bound): the variance is bound^2 / 3, and is to be 2 / (fanIn + fanOut) (Glorot 2010). */
export function xavierUniformBound(shape) {
  return 1; // yours
}

/** The root of the mean square behind each of the layers, if it is 1 before the first. shapes and stds go together. */
export function sizesThrough(shapes, stds) {
  return shapes.map(() => 1); // yours
}
