/**
 * What ranks must come to, by one process and in another way: the parts of a batch one after the other, their gradients
 * added up on the GPU.
 */
import { backward } from '../../src/autograd/graph.js';
import { crossEntropy } from '../../src/autograd/ops/index.js';
import { DeviceDataset } from '../../src/data/device_dataset.js';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import { meanStd } from '../../src/data/normalize.js';
import { epochOrder } from '../../src/data/sampler.js';
import { Device } from '../../src/device/device.js';
import { buildModel } from '../../src/nn/models/registry.js';
import { SGD } from '../../src/optim/optim.js';
import { full } from '../../src/tensor/tensor.js';
import { inputOf } from '../../src/train/model.js';

export interface Accumulated {
  readonly model: string;
  readonly images: number;
  readonly batch: number;
  readonly epochs: number;
  readonly lr: number;
  /** In how many parts a batch is computed. */
  readonly parts: number;
}

/** Mean training loss of each epoch of SGD with momentum 0.9. Batches and parts must divide. */
export async function accumulate({ model, images, batch, epochs, lr, parts }: Accumulated): Promise<number[]> {
  const device = await Device.create();
  try {
    const data = syntheticGarments({ train: images, test: 0, seed: 0 }).train;
    const built = buildModel(model, inputOf(data)).to(device, { seed: 0 }).train();
    const optimizer = new SGD(built, { lr, momentum: 0.9 });
    const resident = new DeviceDataset(device, data, meanStd(data));
    const all = Uint32Array.from({ length: images }, (_, i) => i);
    const walk = resident.walk(all, { batch });
    const size = batch / parts;
    const share = full(device, [], 1 / parts);
    device.keep(share.storage);
    const means: number[] = [];
    for (let epoch = 0; epoch < epochs; epoch++) {
      walk.restart(epochOrder(images, epoch, 0));
      let sum = 0;
      for (let step = 0; step < images / batch; step++) {
        optimizer.zeroGrad();
        for (let part = 0; part < parts; part++) {
          const loss = device.step(() => {
            const { x, label } = walk.next(size);
            const own = crossEntropy(built.forward(x), label);
            backward(own, share);
            return own;
          });
          sum += (await loss.item()) / parts;
          loss.release();
        }
        device.step(() => optimizer.step());
      }
      means.push((sum * batch) / images);
    }
    return means;
  } finally {
    device.destroy();
  }
}
