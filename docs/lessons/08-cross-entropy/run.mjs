/** Where the two-step loss breaks, what its gradient is then, and what one kernel costs against three. */
import { crossEntropy, empty, logSoftmax, rand, randint, tensor } from 'weftgrad';
import { gpuMilliseconds, runKernel } from 'weftgrad/learn';

const f32 = Math.fround;

export async function run({ device, print, table, module, solution, quick }) {
  const mine = await module('softmax');
  const naive = (x, label) => {
    const e = x.map((v) => f32(Math.exp(v)));
    const sum = e.reduce((s, v) => f32(s + v), 0);
    return f32(-Math.log(f32(e[label] / sum)));
  };
  const rows = [];
  for (const margin of [0, 5, 10, 15, 18, 50, 90, 120]) {
    const x = [0, margin]; // the network prefers class 1 by so much; the label is 0, or 1
    const label = tensor(device, Uint32Array.of(0), { dtype: 'u32' });
    const weft = (await crossEntropy(tensor(device, [x]), label).read())[0];
    rows.push([
      margin,
      naive(x, 0).toPrecision(7),
      mine.crossEntropy(x, 0).toPrecision(7),
      weft.toPrecision(7),
      naive(x, 1).toExponential(2),
      mine.crossEntropy(x, 1).toExponential(2),
    ]);
  }
  print(
    'The loss of a network that prefers class 1 of two by a margin, in f32, when it is wrong and when it is right:',
  );
  table(['margin', 'wrong: two steps', 'wrong: yours', 'wrong: Weft', 'right: two steps', 'right: yours'], rows);
  print(
    'In two steps the loss is infinite from 90 on. When right it is 0 from about 17 on in any way in which the sum\n' +
      'is rounded first: 1 + exp(-17) is 1 in f32. Look whether a network that is right still learns anything there.\n',
  );

  const [m, n] = quick ? [64, 10] : [16384, 100];
  const x = rand(device, [m, n]);
  const label = randint(device, 0, n, [m]);
  const words = tensor(device, Uint32Array.from(await label.read()), { dtype: 'u32' });
  const [loss, dx] = [empty(device, [m]), empty(device, [m, n])];
  const options = quick ? { measurements: 1, seconds: 0.001 } : {};
  const own = await gpuMilliseconds(
    device,
    () =>
      runKernel(device, {
        name: '08-cross-entropy/rows',
        wgsl: solution('rows').text,
        bindings: ['read', 'read', 'write', 'write', 'params'],
        tensors: [x, words, loss, dx],
        params: [m, n],
        workgroups: Math.ceil(m / 64),
      }),
    options,
  );
  const weft = await gpuMilliseconds(device, () => device.step(() => crossEntropy(x, words)), options);
  const apart = await gpuMilliseconds(
    device,
    () => device.step(() => logSoftmax(x, 1).mul(-1).sum({ dim: 1 }).mean()),
    options,
  );
  table(
    [`${m} rows of ${n}`, 'ms'],
    [
      ['your rows, with the gradient', own.toFixed(3)],
      ['Weft’s crossEntropy', weft.toFixed(3)],
      ['in three ops, without gradient', apart.toFixed(3)],
    ],
  );
}
