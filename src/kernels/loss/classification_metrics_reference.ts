/** Loss and number of right answers of a batch. */
import { argExtreme } from '../reduce/argmax_reference.js';
import type { HostTensor } from '../launch/host_tensor.js';

/** Sum of loss (N), rows of x (N, C) whose largest entry (the first of equals) is at label (N), and N. */
export function classificationMetrics(x: HostTensor, label: HostTensor, loss: HostTensor): [number, number, number] {
  const guess = argExtreme('argmax', x, 1);
  let sum = 0;
  let right = 0;
  for (let n = 0; n < x.shape[0]; n++) {
    sum += loss.data[n];
    if (guess.data[n] === label.data[n]) right++;
  }
  return [sum, right, x.shape[0]];
}
