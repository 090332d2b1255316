/** The loop on drawn garments, what an order does to it, and how noisy the gradient of a batch is. */
import { backward, crossEntropy, data, nn, optim, tensor } from 'weftgrad';
import { drawing } from 'weftgrad/learn';

const PIXELS = 28 * 28;

export async function run({ device, print, table, module, quick }) {
  const { shuffle, split, batches } = await module('batches');
  const { trainStep } = await module('step');
  const { evaluate } = await module('evaluate');
  const { train: garments } = data.syntheticGarments({ train: quick ? 100 : 3000, test: 0 });
  const random = randomOf(1);
  const parts = split(garments.count, garments.count / 5, random);

  /** Images by their numbers, as a batch on the device. */
  const gather = (indices) => {
    const x = new Float32Array(indices.length * PIXELS);
    for (const [n, i] of indices.entries()) x.set(garments.images.subarray(i * PIXELS, (i + 1) * PIXELS), n * PIXELS);
    return {
      x: tensor(
        device,
        x.map((v) => v / 255),
        { shape: [indices.length, PIXELS] },
      ),
      label: tensor(
        device,
        Uint32Array.from(indices, (i) => garments.labels[i]),
        { dtype: 'u32' },
      ),
    };
  };
  const release = ({ x, label }) => [x, label].forEach((t) => t.release());
  const newModel = () =>
    new nn.Sequential(new nn.Linear(PIXELS, 64), new nn.ReLU(), new nn.Linear(64, 10)).to(device, { seed: 13 });
  const validation = batches(parts.validation, 64).map(gather);

  /** The loop. `orderOf` gives the order of an epoch. */
  const fit = async (orderOf, epochs) => {
    const model = newModel();
    const optimizer = new optim.SGD(model, { lr: 0.1 });
    const rows = [];
    for (let epoch = 1; epoch <= epochs; epoch++) {
      let sum = 0;
      for (const indices of batches(orderOf(), 32)) {
        const batch = gather(indices);
        const loss = device.step(() => trainStep(model, optimizer, batch.x, batch.label));
        sum += (await loss.read())[0] * indices.length;
        release(batch);
      }
      const { loss, accuracy } = await evaluate(device, model, validation);
      rows.push([epoch, (sum / parts.train.length).toFixed(3), loss.toFixed(3), `${(100 * accuracy).toFixed(1)} %`]);
    }
    model.release();
    return rows;
  };

  const shuffled = () => shuffle(parts.train.length, random).map((i) => parts.train[i]);
  print(
    `${parts.train.length} drawn garments to train on, ${parts.validation.length} kept for validation; 784 - 64 - 10:`,
  );
  const columns = ['epoch', 'training loss', 'validation loss', 'accuracy'];
  const epochs = quick ? 1 : 5;
  table(columns, await fit(shuffled, epochs));
  print('\nThe same, but every epoch in the order of the classes, first all of class 0, then all of class 1:');
  const byClass = [...parts.train].sort((a, b) => garments.labels[a] - garments.labels[b]);
  table(columns, await fit(() => byClass, epochs));
  print(
    'Compare the two columns of losses. Class by class, each batch asks for the class that the last one asked for:\n' +
      'the training loss may fall, while the network forgets the classes before. The validation loss tells.\n',
  );

  print('How far the gradient of a drawn batch is from that of all images, as a share of that gradient’s length:');
  const model = newModel();
  const gradientOf = async (indices) => {
    const batch = gather(indices);
    model.memory.zeroGrads();
    device.step(() => backward(crossEntropy(model.forward(batch.x), batch.label)));
    const numbers = await model.memory.grads.read();
    release(batch);
    return numbers;
  };
  const all = await gradientOf(parts.train);
  const rows = [];
  for (const size of quick ? [4, 16] : [4, 16, 64, 256]) {
    const trials = quick ? 2 : 20;
    let square = 0;
    for (let t = 0; t < trials; t++) {
      const one = await gradientOf(shuffled().slice(0, size));
      square += norm(one.map((v, i) => v - all[i])) ** 2 / trials;
    }
    const share = Math.sqrt(square) / norm(all);
    rows.push([size, share.toFixed(3), (share * Math.sqrt(size)).toFixed(2)]);
  }
  table(['batch', 'distance', 'distance · √batch'], rows);
  print(
    'Look whether the last column stays: if it does, a batch four times as large costs four times as much, and its\n' +
      'gradient is twice as near. That is why batches are small.',
  );
}

const norm = (numbers) => Math.sqrt(numbers.reduce((s, v) => s + v * v, 0));

/** random(), the same in each run. */
function randomOf(seed) {
  const draw = drawing(seed);
  let numbers = draw([4096], 0, 1).data;
  let at = 0;
  return () => {
    if (at === numbers.length) [numbers, at] = [draw([4096], 0, 1).data, 0];
    return numbers[at++];
  };
}
