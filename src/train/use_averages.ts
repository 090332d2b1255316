/** Running statistics of batch norms found anew, for weights that were averaged: torch.optim.swa_utils.update_bn. */
import { autocast } from '../autograd/autocast.js';
import { noGrad } from '../autograd/graph.js';
import type { Collective } from '../collective/collective.js';
import type { Device } from '../device/device.js';
import { randomState, setRandomState } from '../kernels/random/random.js';
import type { StateBuffer } from '../nn/buffer.js';
import { BatchNorm } from '../nn/norm.js';
import { Message } from './parallel/message.js';
import type { PreparedStep, PreparedTraining } from './prepare.js';

/** Batches encoded before the host waits: bounds what is queued. */
const BATCHES_IN_FLIGHT = 16;

/**
 * Sets the running statistics of all batch norms, but of frozen ones, to the plain averages over the batches of one
 * pass over training images in this order, augmented as in training and with dropout. Of several ranks each sees its
 * share; the averages of all are averaged.
 */
async function updateBatchNorm(
  device: Device,
  { model, precision, walk, shares }: PreparedStep,
  order: Uint32Array,
  collective: Collective,
): Promise<void> {
  const norms = [...model.namedModules()]
    .map(([, module]) => module)
    .filter((m) => m instanceof BatchNorm)
    .filter((m) => m.running_mean !== null && !m.isFrozen);
  if (norms.length === 0) return;
  for (const norm of norms) {
    norm.isCumulative = true;
    const { size } = norm.running_mean as StateBuffer;
    norm.running_mean?.value.write(new Float32Array(size));
    norm.running_var?.value.write(new Float32Array(size).fill(1));
    norm.num_batches_tracked?.value.write(new Uint32Array(1));
  }
  model.train();
  const random = await randomState(device); // training goes on as if there had been no pass
  const step = device.capture((size: number) => {
    const { x } = walk.next(size);
    noGrad(() => (precision === 'f16' ? autocast(() => model.forward(x)) : model.forward(x)));
  });
  try {
    walk.restart(shares.order(order), shares.before(0));
    const pieces = Array.from({ length: shares.steps }, (_, i) => shares.pieces(i)).flat();
    for (const [i, size] of pieces.entries()) {
      await walk.load(size);
      step(size);
      if (i % BATCHES_IN_FLIGHT === BATCHES_IN_FLIGHT - 1) await device.sync();
    }
    await device.sync();
    setRandomState(device, random);
  } finally {
    step.release();
    for (const norm of norms) norm.isCumulative = false;
  }
  if (collective.size > 1)
    await new Message(collective, model.floatMemory().slice(1)).exchange(1 / collective.size, {
      signal: null,
      isDue: false,
    });
}

/** Puts averages in the place of the weights, if a run has any by now. @returns what puts the weights back. */
export async function useAverages(
  { device, step, collective, fit: { swa } }: PreparedTraining,
  epoch: number,
): Promise<() => void> {
  if (swa === undefined || step.swa === null || epoch + 1 < swa.start) {
    step.ema?.swap();
    return () => step.ema?.swap();
  }
  step.swa.update(epoch + 1 - swa.start);
  step.swa.swap();
  await updateBatchNorm(device, step, step.orderOf(epoch), collective);
  return () => step.swa?.swap();
}
