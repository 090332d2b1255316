// says: shapes are aligned at their ends
/** Shapes: a tensor's numbers lie in one flat array, the last index running fastest. */

/** How far apart, in the flat array, two elements are whose index differs by 1: (2, 3, 4) has (12, 4, 1). */
export function stridesOf(shape) {
  const strides = [];
  let stride = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = stride;
    stride *= shape[d];
  }
  return strides;
}

/** The number of the element at a position: (1, 0, 2) of (2, 3, 4) is 14. */
export function elementAt(position, shape) {
  return stridesOf(shape).reduce((sum, stride, d) => sum + stride * position[d], 0);
}

/** The position of element i: 14 of (2, 3, 4) is (1, 0, 2). */
export function positionOf(i, shape) {
  const position = [];
  for (let d = shape.length - 1; d >= 0; d--) {
    position[d] = i % shape[d];
    i = Math.floor(i / shape[d]);
  }
  return position;
}

/** The shape of a op b: aligned at their ends; where one has size 1, or nothing, it is stretched to the other. */
export function broadcastShapes(a, b) {
  const shape = [];
  for (let d = 1; d <= Math.max(a.length, b.length); d++) {
    const [m, n] = [a[d - 1] ?? 1, b[d - 1] ?? 1];
    if (m !== n && m !== 1 && n !== 1) throw new Error(`shapes (${a}) and (${b}) do not go together: ${m} and ${n}`);
    shape.push(m === 1 ? n : m);
  }
  return shape;
}
