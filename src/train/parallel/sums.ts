/** What ranks know together: their totals, their measures, whether to stop. */
import type { Collective } from '../../collective/collective.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Evaluation } from '../evaluate/evaluate.js';
import { Message, type Asks } from './message.js';

/** The sums over all ranks of a few numbers on the device, which stay as they are. */
export async function sumTotals(collective: Collective, totals: Tensor): Promise<Float32Array> {
  const own = (await totals.read()) as Float32Array<ArrayBuffer>;
  await collective.allReduce(own);
  return own;
}

/** Loss and accuracy over the images of all ranks. @param own null: this one has none. */
export async function sumEvaluations(
  collective: Collective,
  own: Evaluation | null,
): Promise<{ loss: number; accuracy: number }> {
  if (collective.size === 1 && own !== null) return own;
  const { loss, accuracy, count } = own ?? { loss: 0, accuracy: 0, count: 0 };
  const sums = Float32Array.of(loss * count, Math.round(accuracy * count), count);
  await collective.allReduce(sums);
  return { loss: sums[0] / sums[2], accuracy: sums[1] / sums[2] };
}

/** What all ranks together ask for, outside of steps. */
export async function agree(collective: Collective, asks: Asks): Promise<Asks> {
  return collective.size === 1 ? asks : new Message(collective, []).exchange(0, asks);
}
