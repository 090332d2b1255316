/** A tensor of Weft's, what broadcasting does to it and its gradient, and from which size on it is worth it. */
import { backward, format, mul, rand, tensor } from 'weftgrad';

export async function run({ device, print, table, module, quick }) {
  const { mul: readersMul, mulBackward } = await module('broadcast');
  const a = { shape: [2, 3], data: [1, 2, 3, 4, 5, 6] };
  const b = { shape: [3], data: [10, 100, 1000] };

  const [x, w] = [a, b].map((t) => tensor(device, Float32Array.from(t.data), { shape: t.shape, requiresGrad: true }));
  const y = x.mul(w);
  print(`a * b by Weft, shapes (2, 3) and (3,):\n${await format(y)}`);
  print(`and by your mul: ${readersMul(a, b, [2, 3]).data.join(', ')}\n`);

  device.step(() => backward(mul(x, w).sum()));
  const { da, db } = mulBackward(a, b, { shape: [2, 3], data: new Array(6).fill(1) });
  print('The gradients of the sum of a * b:');
  table(
    ['', 'Weft', 'yours'],
    [
      ['da', (await x.grad.read()).join(', '), da.data.join(', ')],
      ['db', (await w.grad.read()).join(', '), db.data.join(', ')],
    ],
  );

  print('\nOne product of two tensors, host and device together, by how many numbers are in them:');
  const rows = [];
  for (const n of quick ? [1, 4096] : [1, 100, 10000, 1000000, 4000000]) {
    const [p, q] = [rand(device, [n]), rand(device, [n])];
    const [u, v] = [p, q].map(() => Float32Array.from({ length: n }, Math.random));
    const flat = Float32Array.from({ length: n });
    const onDevice = await milliseconds(quick, async () => {
      device.step(() => p.mul(q));
      await device.sync();
    });
    const inLoop = await milliseconds(quick, async () => {
      for (let i = 0; i < n; i++) flat[i] = u[i] * v[i];
    });
    rows.push([n, (1000 * onDevice).toFixed(1), (1000 * inLoop).toFixed(1)]);
    for (const t of [p, q]) t.release();
  }
  table(['numbers', 'Weft, microseconds', 'a loop in JavaScript'], rows);
  print(
    'The device has a price of entry, and then a low price for each number. A single product is a bad bargain for a\n' +
      'GPU, as each number is read to be used once; lesson 05 is about an op that uses each of them many times.',
  );
}

/** The least of several rounds. */
async function milliseconds(quick, body) {
  let least = Infinity;
  for (let i = 0; i < (quick ? 1 : 15); i++) {
    const started = performance.now();
    await body();
    least = Math.min(least, performance.now() - started);
  }
  return least;
}
