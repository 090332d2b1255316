/** Yours against Weft's LSTM; how far back a gradient reaches; and what a sequence costs step by step. */
import { backward as weftBackward, lstm, randn, tensor } from 'weftgrad';
import { gpuMilliseconds } from 'weftgrad/learn';

const [T, I, H] = [5, 3, 4];

export async function run({ device, print, table, module, quick }) {
  const cell = await module('cell');
  const time = await module('through_time');
  const numbers = (n, k) => Array.from({ length: n }, (_, i) => 0.6 * Math.sin(1.7 * i + k));
  const rows = (n, m, k) => Array.from({ length: n }, (_, r) => numbers(m, k + r));
  const weights = { w_ih: rows(4 * H, I, 1), w_hh: rows(4 * H, H, 50), b: numbers(4 * H, 9) };
  const xs = rows(T, I, 3);
  const dhs = rows(T, H, 7);
  const { hs, saved } = time.forward(cell, xs, weights);
  const mine = time.backward(cell, dhs, saved, weights);

  const put = (list, shape, requiresGrad = false) =>
    tensor(device, Float32Array.from(list.flat()), { shape, requiresGrad });
  const x = put(xs, [1, T, I]);
  const layer = [
    {
      weightIh: put(weights.w_ih, [4 * H, I], true),
      weightHh: put(weights.w_hh, [4 * H, H], true),
      biasIh: put(weights.b, [4 * H], true),
      biasHh: put(new Array(4 * H).fill(0), [4 * H]),
    },
  ];
  await compare({ device, print, table, x, layer, hs, mine, dhs: put(dhs, [1, T, H]) });
  await reach({ print, table, cell, time });
  await steps({ device, print, table, quick });
}

async function compare({ device, print, table, x, layer, hs, mine, dhs }) {
  const [{ weightIh, weightHh, biasIh }] = layer;
  const output = device.step(() => {
    const y = lstm(x, null, layer, { batchFirst: true }).output;
    weftBackward(y, dhs);
    return y;
  });
  const largest = (a, b) => Math.max(...a.map((v, i) => Math.abs(v - b[i])));
  const rows = [
    ['h of all steps', hs.flat(), await output.read()],
    ['dw_ih', mine.w_ih.flat(), await weightIh.grad.read()],
    ['dw_hh', mine.w_hh.flat(), await weightHh.grad.read()],
    ['db', mine.b, await biasIh.grad.read()],
  ];
  print('Your LSTM and Weft’s, the same weights:');
  table(
    ['', 'numbers', 'largest difference'],
    rows.map(([name, own, theirs]) => [name, own.length, largest(own, theirs).toExponential(1)]),
  );
}

/** How much of a gradient at the last step arrives at the c of the first, by the forget gate's bias. */
async function reach({ print, table, cell, time }) {
  const T = 40;
  print('\nWhat is left at the first step’s c of a gradient of 1 at the last one’s, after so many steps:');
  const rows = [-2, 0, 2, 4].map((bias) => {
    const weights = { w_ih: [[0], [0], [0], [0]], w_hh: [[0], [0], [0], [0]], b: [0, bias, 0.5, 0] };
    const { saved } = time.forward(
      cell,
      Array.from({ length: T }, () => [1]),
      weights,
    );
    let [dc, at10] = [[1], 0];
    for (let t = T - 1; t >= 0; t--) {
      ({ dcBefore: dc } = cell.stepBackward([0], dc, saved[t].before, saved[t].after, saved[t].gates));
      if (t === T - 10) at10 = dc[0];
    }
    return [bias, saved[0].gates[1].toFixed(3), at10.toExponential(1), dc[0].toExponential(1)];
  });
  table(['bias of f', 'f', '10 steps', '40 steps'], rows);
  print('It is f to the power of the steps: a gate that is open keeps the gradient, and a bias of 1 or 2 opens it.');
}

async function steps({ device, print, table, quick }) {
  const options = quick ? { measurements: 1, seconds: 0.001 } : {};
  const [B, I, H] = quick ? [2, 4, 8] : [64, 28, 128];
  const layer = [
    {
      weightIh: randn(device, [4 * H, I]),
      weightHh: randn(device, [4 * H, H]),
      biasIh: randn(device, [4 * H]),
      biasHh: randn(device, [4 * H]),
    },
  ];
  const rows = [];
  for (const T of quick ? [1, 4] : [1, 7, 14, 28]) {
    const x = randn(device, [B, T, I]);
    const before = device.statistics().dispatches;
    device.step(() => lstm(x, null, layer, { batchFirst: true }));
    const launches = device.statistics().dispatches - before;
    const ms = await gpuMilliseconds(
      device,
      () => device.step(() => lstm(x, null, layer, { batchFirst: true })),
      options,
    );
    rows.push([T, launches, ms.toFixed(2), (ms / T).toFixed(3)]);
  }
  print(`\nWeft’s LSTM forward, ${B} sequences, ${I} inputs, ${H} units:`);
  table(['steps', 'launches', 'ms', 'ms a step'], rows);
  print('Steps wait for each other: that is what a recurrent layer cannot share out, and a convolution can.');
}
