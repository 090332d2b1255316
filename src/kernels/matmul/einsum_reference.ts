/** einsum as its definition: a loop over all values of all labels. */
import { elementAt, hostTensor, positionOf, type HostTensor } from '../launch/host_tensor.js';
import { parseEinsum } from './einsum_equation.js';

/** y[output] = sum over the other labels of the product of x[their labels]; a size of 1 repeats. */
export function einsum(equation: string, inputs: readonly HostTensor[]): HostTensor {
  const {
    inputs: labels,
    output,
    sizes,
  } = parseEinsum(
    equation,
    inputs.map((x) => x.shape),
  );
  const summed = [...sizes.keys()].filter((label) => !output.includes(label));
  const all = [...output, ...summed];
  const range = all.map((label) => sizes.get(label) ?? 1);
  const y = hostTensor(range.slice(0, output.length));
  const total = range.reduce((n, d) => n * d, 1);
  for (let e = 0; e < total; e++) {
    const place = positionOf(e, range);
    let product = 1;
    for (const [t, x] of inputs.entries()) {
      const position = labels[t].map((label, d) => (x.shape[d] === 1 ? 0 : place[all.indexOf(label)]));
      product *= x.data[elementAt(position, x.shape)];
    }
    y.data[elementAt(place.slice(0, output.length), y.shape)] += product;
  }
  return y;
}
