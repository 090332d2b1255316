/** Plain and residual networks of growing depth: how long their gradients are, and what they learn. */
import { add, backward, crossEntropy, data, matmul, mul, nn, optim, relu, tensor } from 'weftgrad';
import { drawing } from 'weftgrad/learn';

const [PIXELS, WIDTH, BATCH] = [28 * 28, 32, 64];

export async function run({ device, print, table, module, chart, quick }) {
  const { Block } = await module('network');
  const { trainStep } = await module('step', '13');
  await compareBlocks({ device, print, ...(await module('block')) });

  const { train: garments } = data.syntheticGarments({ train: BATCH * (quick ? 2 : 25), test: 0 });
  const batches = Array.from({ length: garments.count / BATCH }, (_, b) => ({
    x: tensor(
      device,
      Float32Array.from(garments.images.subarray(b * BATCH * PIXELS, (b + 1) * BATCH * PIXELS), (v) => v / 255),
      { shape: [BATCH, PIXELS] },
    ),
    label: tensor(device, garments.labels.slice(b * BATCH, (b + 1) * BATCH), { dtype: 'u32' }),
  }));
  const newModel = (blocks, hasShortcut) =>
    new nn.Sequential(
      new nn.Linear(PIXELS, WIDTH, { bias: false }),
      new nn.BatchNorm1d(WIDTH),
      new nn.ReLU(),
      ...Array.from({ length: blocks }, () => new Block(WIDTH, hasShortcut)),
      new nn.Linear(WIDTH, 10),
    ).to(device, { seed: 14 });

  const deep = quick ? 4 : 16;
  print(`\nThe length of the gradient of each block's first weights, before any training, ${2 * deep + 2} layers:`);
  const gradients = async (hasShortcut) => {
    const model = newModel(deep, hasShortcut);
    const { x, label } = batches[0];
    device.step(() => backward(crossEntropy(model.forward(x), label)));
    const first = [...model.namedParameters()].filter(([name]) => name.endsWith('fc1.weight'));
    const norms = await Promise.all(first.map(async ([, p]) => Math.hypot(...(await p.value.grad.read()))));
    model.release();
    return norms;
  };
  const [plain, residual] = [await gradients(false), await gradients(true)];
  const shown = [...plain.keys()].filter((i) => (i + 1) % (deep / 4) === 0 || i === 0);
  table(
    ['block', 'plain', 'residual'],
    shown.map((i) => [i + 1, plain[i].toFixed(3), residual[i].toFixed(3)]),
  );
  print('Read it from below: backward goes up this list. Look at the factor from one row to the next.\n');

  const epochs = quick ? 1 : 4;
  print(`Training loss after ${epochs} epochs of ${garments.count} drawn garments, the same steps for all:`);
  const learned = async (blocks, hasShortcut) => {
    const model = newModel(blocks, hasShortcut);
    const optimizer = new optim.SGD(model, { lr: 0.03, momentum: 0.9 });
    let mean = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      mean = 0;
      for (const { x, label } of batches) {
        const loss = device.step(() => trainStep(model, optimizer, x, label));
        mean += (await loss.read())[0] / batches.length;
      }
    }
    model.release();
    return mean;
  };
  const rows = [];
  for (const blocks of quick ? [1] : [1, 4, 8, 16])
    rows.push([2 * blocks + 2, await learned(blocks, false), await learned(blocks, true)]);
  table(
    ['layers', 'plain', 'residual'],
    rows.map(([layers, a, b]) => [layers, a.toFixed(3), b.toFixed(3)]),
  );
  print(
    'This is the loss on the images that were trained on, so it is not overfitting. A deeper network could do all\n' +
      'that a shallow one does, with blocks that pass x on; see which of the two columns finds that harder.',
  );
  const values = rows.flatMap(([layers, a, b]) => [
    { layers, network: 'plain', loss: a },
    { layers, network: 'residual', loss: b },
  ]);
  if (!quick)
    await chart(
      {
        data: { values },
        mark: { type: 'line', point: true },
        encoding: {
          x: { field: 'layers', type: 'quantitative' },
          y: { field: 'loss', type: 'quantitative', title: `training loss after ${epochs} epochs` },
          color: { field: 'network', type: 'nominal' },
        },
      },
      'depth',
    );
}

/** Twelve blocks, one after the other: by the reader's rules, and by Weft's graph. */
async function compareBlocks({ device, print, blockForward, blockBackward }) {
  const draw = drawing(14);
  const [C, M] = [9, 13];
  const weights = Array.from({ length: 12 }, () => [draw([M, C], -0.3, 0.3), draw([C, M], -0.3, 0.3)]);
  const rowsOf = ({ shape: [r, c], data: numbers }) =>
    Array.from({ length: r }, (_, i) => [...numbers.slice(i * c, (i + 1) * c)]);
  const [start, dy] = [draw([C]), draw([C])];
  const kept = [];
  let x = [...start.data];
  for (const [w1, w2] of weights.map((w) => w.map(rowsOf))) {
    const saved = blockForward(x, w1, w2);
    kept.push([x, w1, w2, saved]);
    x = saved.y;
  }
  let dx = [...dy.data];
  for (const [input, w1, w2, saved] of kept.reverse()) dx = blockBackward(input, w1, w2, saved, dx).dx;

  const column = ({ data: numbers }, options) => tensor(device, numbers, { shape: [C, 1], ...options });
  const leaf = column(start, { requiresGrad: true });
  device.step(() => {
    let y = leaf;
    for (const [w1, w2] of weights) {
      const h = relu(matmul(tensor(device, w1.data, { shape: w1.shape }), y));
      y = relu(add(y, matmul(tensor(device, w2.data, { shape: w2.shape }), h)));
    }
    backward(mul(y, column(dy)).sum());
  });
  const theirs = await leaf.grad.read();
  const difference = Math.max(...dx.map((v, i) => Math.abs(v - theirs[i])));
  print(
    `Twelve of your blocks, one after the other, give a dx of length ${Math.hypot(...dx).toFixed(3)}; that of Weft’s ` +
      `graph differs by at most ${difference.toExponential(1)}.`,
  );
}
