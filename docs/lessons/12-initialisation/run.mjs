/** What your sizes predict and what is measured, layer by layer; and first losses of networks begun in three ways. */
import { crossEntropy, linear, rand, randint, randn, tensor } from 'weftgrad';

export async function run({ device, print, table, module, quick }) {
  const { kaimingNormalStd, sizesThrough } = await module('init');
  const { expectedFirstLoss, diagnose } = await module('first_loss');
  const depth = quick ? 3 : 30;
  const width = quick ? 32 : 256;
  const shapes = Array.from({ length: depth }, () => [width, width]);
  const he = kaimingNormalStd([width, width]);
  const factors = [0.8, 1, 1.2];
  const columns = [];
  for (const factor of factors) {
    const predicted = sizesThrough(
      shapes,
      shapes.map(() => factor * he),
    );
    columns.push({ factor, predicted, measured: await measured(device, depth, width, factor * he) });
  }
  print(
    `${depth} layers of ${width} with ReLU, weights of He's size times a factor: the size of the signal behind each.`,
  );
  const at = [...new Set([0, 4, 9, 19, 29].map((l) => Math.min(l, depth - 1)))];
  table(
    ['layer', ...factors.flatMap((f) => [`x ${f}: predicted`, 'measured'])],
    at.map((l) => [
      l + 1,
      ...columns.flatMap((c) => [c.predicted[l].toExponential(1), c.measured[l].toExponential(1)]),
    ]),
  );
  print('A fifth too much or too little, and thirty layers make of it a factor of hundreds.\n');

  const classes = 10;
  const rows = [];
  for (const [name, std] of [
    ['PyTorch’s default', null],
    ['a tenth of He’s size', 0.1],
    ['five times He’s size', 5],
  ]) {
    const loss = await firstLoss(device, classes, std);
    rows.push([name, loss.toFixed(3), diagnose(loss, classes)]);
  }
  print(`The first loss of a network with ${classes} classes; expected ${expectedFirstLoss(classes).toFixed(3)}:`);
  table(['weights', 'first loss', 'your diagnosis'], rows);
}

/** Weights (out, into) of a standard deviation, or null: uniform as PyTorch's layers begin. */
function weightsOf(device, out, into, std) {
  if (std !== null) return randn(device, [out, into]).mul(std);
  return rand(device, [out, into])
    .mul(2)
    .sub(1)
    .mul(1 / Math.sqrt(into));
}

/** The root of the mean square behind each layer. */
async function measured(device, depth, width, std) {
  const sizes = [];
  let x = randn(device, [64, width]);
  for (let l = 0; l < depth; l++) {
    x = linear(x, weightsOf(device, width, width, std)).relu();
    const values = await x.read();
    sizes.push(Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length));
  }
  return sizes;
}

async function firstLoss(device, classes, factor) {
  const width = 64;
  const std = (into) => (factor === null ? null : factor * Math.sqrt(2 / into));
  const [first, second] = [weightsOf(device, width, 32, std(32)), weightsOf(device, classes, width, std(width))];
  const x = randn(device, [256, 32]);
  const labels = await randint(device, 0, classes, [256]).read();
  const label = tensor(device, Uint32Array.from(labels), { dtype: 'u32' });
  return crossEntropy(linear(linear(x, first).relu(), second), label).item();
}
