/** A training step of Weft's, taken apart: eager and replayed, op by op and fused, with and without shared memory. */
import { backward, crossEntropy, empty, nn, optim, rand, randint, tensor } from 'weftgrad';
import { gpuMilliseconds, runKernel } from 'weftgrad/learn';

export async function run({ device, print, table, chart, module, solution, quick }) {
  await replayed({ device, print, table, chart, quick });
  await fusion({ device, print, table, solution, quick });
  const { mostInUse, place } = await module('lifetimes');
  const rows = [4, 16, 64].map((depth) => {
    const { lives, sizes } = chain(depth);
    const all = Object.values(sizes).reduce((a, b) => a + b, 0);
    return [depth, all, mostInUse(lives, sizes), place(lives, sizes).total];
  });
  print('\nMemory of a chain of so many layers with its backward, in units of one activation:');
  table(['layers', 'each its own', 'in use at once', 'your layout'], rows);
}

/** Buffers of a forward and backward: activation l lives from l to its backward; gradients live two launches. */
function chain(depth) {
  const [lives, sizes] = [{}, {}];
  for (let l = 0; l < depth; l++) {
    lives[`a${l}`] = [l, 2 * depth - l];
    lives[`d${l}`] = [2 * depth - l - 1, 2 * depth - l];
    sizes[`a${l}`] = sizes[`d${l}`] = 1;
  }
  return { lives, sizes };
}

/** A step as the host works it out each time, and as a recording. */
async function replayed({ device, print, table, chart, quick }) {
  const model = new nn.Sequential(
    ...Array.from({ length: quick ? 2 : 12 }, () => [new nn.Linear(32, 32), new nn.ReLU()]).flat(),
    new nn.Linear(32, 10),
  ).to(device, { seed: 0 });
  const optimizer = new optim.Adam(model, { lr: 1e-3 });
  const x = rand(device, [32, 32]);
  const label = tensor(device, Uint32Array.from(await randint(device, 0, 10, [32]).read()), { dtype: 'u32' });
  const body = () => {
    optimizer.zeroGrad();
    backward(crossEntropy(model.forward(x), label));
    optimizer.step();
  };
  const time = async (step) => {
    for (let i = 0; i < 3; i++) step();
    await device.sync();
    const rounds = quick ? 2 : 50;
    const started = performance.now();
    for (let i = 0; i < rounds; i++) step();
    const host = (performance.now() - started) / rounds;
    await device.sync();
    return [host, (performance.now() - started) / rounds];
  };
  const before = device.statistics().dispatches;
  device.step(body);
  const launches = device.statistics().dispatches - before;
  const eager = await time(() => device.step(body));
  const captured = device.capture(body);
  const replay = await time(captured);
  const rows = await device.profile(() => captured());
  captured.release();
  print(`A step of a small network, ${launches} launches:`);
  table(
    ['', 'host, ms', 'until done, ms', 'host, microseconds a launch'],
    [
      ['worked out each time', ...eager.map((v) => v.toFixed(2)), ((1000 * eager[0]) / launches).toFixed(1)],
      ['replayed', ...replay.map((v) => v.toFixed(2)), ((1000 * replay[0]) / launches).toFixed(1)],
    ],
  );
  const slowest = rows.slice(0, 6).map(({ label: name, calls, milliseconds }) => ({ name, calls, milliseconds }));
  print('\nIts profile, by the GPU’s clock, the slowest kernels first:');
  table(
    ['kernel', 'launches', 'ms'],
    slowest.map(({ name, calls, milliseconds }) => [name, calls, milliseconds.toFixed(3)]),
  );
  await chart(
    {
      width: 420,
      height: 24 * slowest.length,
      title: 'Where a step’s time goes',
      data: { values: slowest },
      mark: 'bar',
      encoding: {
        x: { field: 'milliseconds', type: 'quantitative', title: 'ms' },
        y: { field: 'name', type: 'nominal', sort: null, title: null },
      },
    },
    'profile',
  );
}

async function fusion({ device, print, table, solution, quick }) {
  const options = quick ? { measurements: 1, seconds: 0.001 } : {};
  const [m, n] = quick ? [64, 32] : [8192, 256];
  const [x, residual, y] = [rand(device, [m, n]), rand(device, [m, n]), empty(device, [m, n])];
  const [scale, shift] = [rand(device, [n]), rand(device, [n])];
  const own = await gpuMilliseconds(
    device,
    () =>
      runKernel(device, {
        name: '16-speed/fused',
        wgsl: solution('fused').text,
        bindings: ['read', 'read', 'read', 'read', 'write', 'params'],
        tensors: [x, scale, shift, residual, y],
        params: [m, n],
        workgroups: Math.ceil((m * n) / 64),
      }),
    options,
  );
  const apart = await gpuMilliseconds(
    device,
    () => device.step(() => x.mul(scale).add(shift).add(residual).relu()),
    options,
  );
  print(`\nScale, shift, residual and ReLU of ${m} x ${n} numbers:`);
  table(
    ['', 'launches', 'bytes for an element', 'ms'],
    [
      ['one op after the other', 4, 4 * 9, apart.toFixed(3)],
      ['your fused kernel', 1, 4 * 3, own.toFixed(3)],
    ],
  );
  print(
    'Where bytes are the limit the times go with them. On a processor the division in i % n costs as much as they do.',
  );
}
