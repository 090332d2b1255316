/** Shapes: a tensor's numbers lie in one flat array, the last index running fastest. */

/** How far apart, in the flat array, two elements are whose index differs by 1: (2, 3, 4) has (12, 4, 1). */
export function stridesOf(shape) {
  return shape.map(() => 1); // yours
}

/** The number of the element at a position: (1, 0, 2) of (2, 3, 4) is 14. */
export function elementAt(position, shape) {
  return 0; // yours
}

/** The position of element i: 14 of (2, 3, 4) is (1, 0, 2). */
export function positionOf(i, shape) {
  return shape.map(() => 0); // yours
}

/**
 * The shape of a op b: aligned at their ends; where one has size 1, or nothing, it is stretched to the other. Throws an
 * Error for shapes that do not go together.
 */
export function broadcastShapes(a, b) {
  return a; // yours
}
