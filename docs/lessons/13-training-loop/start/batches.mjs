/** Which images a step sees. Data stay where they are; only their numbers 0, 1, 2 … are put in order. */

/** The numbers 0 … count - 1 in an order that is drawn, each order as likely as any other. random() is in [0, 1). */
export function shuffle(count, random) {
  return Array.from({ length: count }, (_, i) => i); // yours
}

/** Parts 0 … count - 1: `held` of them, drawn, are kept for validation. */
export function split(count, held, random) {
  return { train: [], validation: [] }; // yours
}

/** Cuts an order into batches of `size`; the last one has what is left. */
export function batches(order, size) {
  return [order]; // yours
}
