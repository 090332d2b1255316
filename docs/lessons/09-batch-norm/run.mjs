/** What batch norm does to a deep network's activations and gradients, and that Weft's is yours. */
import { backward, batchNorm as weftBatchNorm, nn, randn, tensor } from 'weftgrad';

export async function run({ device, print, table, module, quick }) {
  const { batchNorm, batchNormBackward } = await module('batch_norm');
  const rows = [
    [1, -2],
    [3, 0.5],
    [2, 4],
  ];
  const dy = [
    [0.5, 1],
    [-1, 0.25],
    [2, -0.75],
  ];
  const flat = (list) => Float32Array.from(list.flat());
  const x = tensor(device, flat(rows), { shape: [3, 2], requiresGrad: true });
  const [weight, bias] = [tensor(device, [1.5, 0.5]), tensor(device, [0, 1])];
  const mine = batchNorm(rows, [1.5, 0.5], [0, 1]);
  const { dx } = batchNormBackward(dy, mine.xhat, mine.invStd, [1.5, 0.5]);
  const y = device.step(() => {
    const out = weftBatchNorm(x, null, null, weight, bias, { training: true });
    backward(out, tensor(device, flat(dy), { shape: [3, 2] }));
    return out;
  });
  const [theirY, theirDx] = [await y.read(), await x.grad.read()];
  const show = (v) => v.toFixed(5);
  print('y and dx of a small batch, by your functions and by Weft:');
  table(
    ['y, yours', 'y, Weft', 'dx, yours', 'dx, Weft'],
    mine.y.flat().map((v, i) => [show(v), show(theirY[i]), show(dx.flat()[i]), show(theirDx[i])]),
  );

  const depth = quick ? 4 : 20;
  print(`\nA network of ${depth} layers of 64, its weights a little too small: the spread of what comes through.`);
  const table2 = [];
  const plain = await spread(device, depth, false);
  const normed = await spread(device, depth, true);
  for (let l = 0; l < depth; l += Math.max(1, Math.floor(depth / 5)))
    table2.push([l + 1, plain[l].toExponential(1), normed[l].toExponential(1)]);
  table(['layer', 'without batch norm', 'with it'], table2);
  print('Without it every layer shrinks the signal by the same factor: what is left after many is a power of it.');
}

/** Standard deviation of the activations behind each layer. */
async function spread(device, depth, isNormed) {
  const found = [];
  let x = randn(device, [32, 64]);
  for (let l = 0; l < depth; l++) {
    const linear = new nn.Linear(64, 64, { bias: false }).to(device, { seed: l });
    const norm = isNormed ? new nn.BatchNorm1d(64).to(device) : null;
    const y = linear.forward(x).mul(0.8);
    x = (norm === null ? y : norm.forward(y)).relu();
    const values = await x.read();
    const mean = values.reduce((s, v) => s + v, 0) / values.length;
    found.push(Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / values.length));
  }
  return found;
}
