/** Three ways down one valley; and a million parameters in one launch, or in many. */
import { rand, zeros } from 'weftgrad';
import { floatBits, gpuMilliseconds, runKernel } from 'weftgrad/learn';

/** A long valley: 100 times steeper across than along. Its gradient, and how high a point lies. */
const height = ([x, y]) => 0.5 * (x * x + 100 * y * y);
const slope = ([x, y]) => [x, 100 * y];

const RULES = {
  'SGD, rate 0.018': () => (p, g) => p.map((v, i) => v - 0.018 * g[i]),
  'momentum 0.9, rate 0.01': () => {
    let velocity = [0, 0];
    return (p, g) => {
      velocity = velocity.map((v, i) => 0.9 * v + g[i]);
      return p.map((v, i) => v - 0.01 * velocity[i]);
    };
  },
  'Adam, rate 0.5': () => {
    let [m, s, t] = [[0, 0], [0, 0], 0];
    return (p, g) => {
      t++;
      m = m.map((v, i) => 0.9 * v + 0.1 * g[i]);
      s = s.map((v, i) => 0.999 * v + 0.001 * g[i] ** 2);
      return p.map((v, i) => v - (0.5 * (m[i] / (1 - 0.9 ** t))) / (Math.sqrt(s[i] / (1 - 0.999 ** t)) + 1e-8));
    };
  },
};

export async function run({ device, print, table, chart, solution, quick }) {
  const ways = Object.entries(RULES).map(([name, make]) => {
    const rule = make();
    let p = [-10, 1];
    const points = [[...p]];
    for (let t = 0; t < 60; t++) points.push([...(p = rule(p, slope(p)))]);
    return { name, points };
  });
  print('Down a valley that is 100 times steeper across than along, from (-10, 1): how high one still is.');
  table(
    ['step', ...ways.map((w) => w.name)],
    [0, 5, 10, 20, 40, 60].map((t) => [t, ...ways.map((w) => height(w.points[t]).toExponential(1))]),
  );
  await chart(waysChart(ways), 'valley');

  const options = quick ? { measurements: 1, seconds: 0.001 } : {};
  const { text, isReaders } = solution('adam');
  const tensors = quick ? 4 : 160;
  const each = quick ? 64 : 6400;
  const launch = (memory) => () =>
    memory.forEach((t) =>
      runKernel(device, {
        name: '11-optimizers/adam',
        wgsl: text,
        bindings: ['read', 'write', 'write', 'write', 'params'],
        tensors: t,
        params: [t[0].size, 1, ...[1e-3, 0.9, 0.999, 1e-8].map(floatBits)],
        workgroups: Math.ceil(t[0].size / 64),
      }),
    );
  const memory = (n) => [rand(device, [n]), rand(device, [n]), zeros(device, [n]), zeros(device, [n])];
  const many = Array.from({ length: tensors }, () => memory(each));
  const one = [memory(tensors * each)];
  const wall = async (body) => {
    body();
    await device.sync();
    const started = performance.now();
    for (let i = 0; i < (quick ? 1 : 10); i++) body();
    await device.sync();
    return (performance.now() - started) / (quick ? 1 : 10);
  };
  print(`\n${tensors * each} parameters, ${isReaders ? 'your adam' : 'the solution’s adam'}:`);
  table(
    ['', 'launches', 'GPU, ms', 'until done, ms'],
    [
      [
        'a launch for each tensor',
        tensors,
        (await gpuMilliseconds(device, launch(many), options)).toFixed(2),
        (await wall(launch(many))).toFixed(2),
      ],
      [
        'one flat memory',
        1,
        (await gpuMilliseconds(device, launch(one), options)).toFixed(2),
        (await wall(launch(one))).toFixed(2),
      ],
    ],
  );
}

const waysChart = (ways) => ({
  width: 460,
  height: 240,
  title: 'Three ways down a long valley',
  data: { values: ways.flatMap(({ name, points }) => points.map(([x, y], t) => ({ name, x, y, t }))) },
  mark: { type: 'line', point: { size: 14 } },
  encoding: {
    x: { field: 'x', type: 'quantitative', title: 'along' },
    y: { field: 'y', type: 'quantitative', title: 'across' },
    color: { field: 'name', type: 'nominal', title: null },
    order: { field: 't' },
  },
});
