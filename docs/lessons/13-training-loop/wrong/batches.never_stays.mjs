// says: an element may stay where it is
/** Which images a step sees. Data stay where they are; only their numbers 0, 1, 2 … are put in order. */

/** The numbers 0 … count - 1 in an order that is drawn, each order as likely as any other. random() is in [0, 1). */
export function shuffle(count, random) {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Parts 0 … count - 1: `held` of them, drawn, are kept for validation. */
export function split(count, held, random) {
  const order = shuffle(count, random); // data often lie class by class: the first ones would be of one class
  return { train: order.slice(held), validation: order.slice(0, held) };
}

/** Cuts an order into batches of `size`; the last one has what is left. */
export function batches(order, size) {
  const all = [];
  for (let start = 0; start < order.length; start += size) all.push(order.slice(start, start + size));
  return all;
}
