/** What the order of a sum does to its last digits, and what one thread, 64 threads and many workgroups make of it. */
import { empty, rand } from 'weftgrad';
import { drawing, gpuMilliseconds, runKernel } from 'weftgrad/learn';

export async function run({ device, print, table, chart, module, solution, roofs, quick }) {
  const { serialSum, pairwiseSum, kahanSum } = await module('order');
  print('The sum of n numbers in [0, 1), relative error against f64:');
  const errors = [];
  const sizes = quick ? [100, 10000] : [100, 1000, 10000, 100000, 1000000];
  for (const n of sizes) {
    const values = [...drawing(1)([n], 0, 1).data];
    const exact = values.reduce((sum, v) => sum + v, 0);
    const error = (sum) => Math.abs(sum(values) - exact) / exact;
    errors.push([n, error(serialSum), error(pairwiseSum), error(kahanSum)]);
  }
  table(
    ['n', 'one after the other', 'in pairs', 'rounding kept'],
    errors.map(([n, ...e]) => [n, ...e.map((v) => v.toExponential(1))]),
  );
  print('f32 has 24 bits: 6e-8 is half of its last one. A tree of threads adds in pairs, and is the better for it.\n');
  await chart(errorChart(errors), 'order');

  const options = quick ? { measurements: 1, seconds: 0.001 } : {};
  const { copyGbs } = await roofs();
  print(`Sums of rows. This adapter moves ${copyGbs.toFixed(1)} GB/s at best:`);
  const rows = [];
  for (const [m, n] of quick
    ? [[64, 64]]
    : [
        [65536, 16],
        [4096, 256],
        [64, 16384],
        [4, 262144],
      ]) {
    const [x, y] = [rand(device, [m, n]), empty(device, [m])];
    const cells = [`${m} x ${n}`];
    for (const [name, workgroups] of [
      ['rows', Math.ceil(m / 64)],
      ['tree', m],
    ]) {
      const ms = await gpuMilliseconds(
        device,
        () =>
          runKernel(device, {
            name: `04-reductions/${name}`,
            wgsl: solution(name).text,
            bindings: ['read', 'write', 'params'],
            tensors: [x, y],
            params: [m, n],
            workgroups: Math.min(workgroups, 65535),
          }),
        options,
      );
      cells.push(((4 * m * n) / (1e6 * ms)).toFixed(2));
    }
    rows.push(cells);
    for (const t of [x, y]) t.release();
  }
  table(['x', 'a thread a row, GB/s', 'a workgroup a row, GB/s'], rows);
  print(
    'Few long rows leave most of a card idle when each row is one thread; many short ones leave most of a workgroup\n' +
      'idle. Weft has members for both, and one for a few very long rows, which does what `parts` does.',
  );
}

const errorChart = (errors) => ({
  width: 420,
  height: 240,
  title: 'Relative error of a sum in f32',
  data: {
    values: errors.flatMap(([n, ...e]) =>
      ['one after the other', 'in pairs', 'rounding kept'].map((order, i) => ({
        n,
        order,
        error: Math.max(e[i], 1e-9),
      })),
    ),
  },
  mark: { type: 'line', point: true },
  encoding: {
    x: { field: 'n', type: 'quantitative', scale: { type: 'log' }, title: 'numbers' },
    y: { field: 'error', type: 'quantitative', scale: { type: 'log' }, title: 'error (1e-9: none)' },
    color: { field: 'order', type: 'nominal', title: null },
  },
});
