/** What halves lose, where gradients vanish in them, and what this adapter has for them. */
import { cast, matmul, rand } from 'weftgrad';
import { gpuMilliseconds } from 'weftgrad/learn';

export async function run({ device, print, table, module, quick }) {
  const { roundToHalf, dot } = await module('round_half');
  const { lossScaler, unscale } = await module('loss_scale');
  print('Numbers as halves:');
  table(
    ['x', 'half', 'relative error'],
    [0.1, 1 / 3, 1000.5, 2049, 65519, 65520, 1e-5, 3e-8, 2e-8].map((x) => {
      const half = roundToHalf(x);
      return [String(x), String(half), Number.isFinite(half) ? (Math.abs(half - x) / x).toExponential(1) : '-'];
    }),
  );

  const rows = (quick ? [16, 256] : [16, 256, 4096, 65536]).map((n) => {
    const a = Array.from({ length: n }, (_, i) => 0.5 + 0.5 * Math.sin(i));
    const b = Array.from({ length: n }, (_, i) => 0.5 + 0.5 * Math.cos(3 * i));
    const exact = a.reduce((sum, v, k) => sum + v * b[k], 0);
    const error = (v) => ((Math.abs(v - exact) / exact) * 100).toFixed(3);
    return [n, exact.toFixed(1), error(dot(a, b, false)), error(dot(a, b, true))];
  });
  print('\nA dot product of halves, added up in f32 and in halves, percent of error:');
  table(['n', 'exact', 'sums in f32', 'sums in halves'], rows);
  print(
    'A sum in halves stops growing where the next term is less than half a step: near 2,048 steps of 1 are the last.\n',
  );

  print('Gradients from 1e-3 to 1e-9, as halves, with the loss scaled and without:');
  table(
    ['gradient', 'as a half', 'scaled by 65,536, and back'],
    [1e-3, 1e-5, 1e-7, 1e-8, 1e-9].map((g) => [
      g.toExponential(0),
      roundToHalf(g).toExponential(2),
      (roundToHalf(g * 65536) / 65536).toExponential(2),
    ]),
  );
  let scaler = lossScaler({ scale: 2 ** 24, every: 2 });
  const scales = [];
  for (let step = 0; step < 12; step++) {
    const gradient = 0.02 * roundToHalf(1);
    scaler = unscale(scaler, [roundToHalf(gradient * scaler.scale)]).next;
    scales.push(Math.log2(scaler.scale));
  }
  print(`Your scaler, begun at 2^24 with gradients of 0.02, finds its size: 2^${scales.join(', 2^')}`);

  await onThisAdapter({ device, print, table, quick });
}

async function onThisAdapter({ device, print, table, quick }) {
  const hasHalves = device.features.has('shader-f16');
  const units = device.matrices ?? [];
  print(
    `\n${device.name}: halves ${hasHalves ? 'yes' : 'no'}, matrix units ${units.length === 0 ? 'none' : units.length}`,
  );
  if (!hasHalves) return;
  const size = quick ? 64 : 512;
  const options = quick ? { measurements: 1, seconds: 0.001 } : {};
  const [a, b] = [rand(device, [size, size]), rand(device, [size, size])];
  const [p, q] = [cast(a, 'f16'), cast(b, 'f16')];
  const ms = await gpuMilliseconds(device, () => device.step(() => matmul(a, b)), options);
  const halves = await gpuMilliseconds(device, () => device.step(() => matmul(p, q)), options);
  const gflops = (t) => ((2 * size ** 3) / (1e6 * t)).toFixed(1);
  table(
    [`${size} x ${size} x ${size}`, 'ms', 'GFLOP/s'],
    [
      ['f32', ms.toFixed(2), gflops(ms)],
      ['f16, sums in f32', halves.toFixed(2), gflops(halves)],
    ],
  );
}
