/** The ladder on this machine: every rung is compared with Weft's own product first and timed then. */
import { empty, matmul, rand, zeros } from 'weftgrad';
import { compareNumbers, gpuMilliseconds, runKernel } from 'weftgrad/learn';
import { RUNGS } from './ladder.mjs';

export async function run({ device, print, table, chart, text, solution, roofs, quick }) {
  const size = quick ? 64 : 512;
  const options = quick ? { measurements: 1, seconds: 0.001 } : {};
  const [a, b, c] = [rand(device, [size, size]), rand(device, [size, size]), empty(device, [size, size])];
  const expected = matmul(a, b);
  const right = { shape: [size, size], data: await expected.read() };
  const lanes = device.adapter.subgroupSize;
  const { copyGbs, fmaGflops } = await roofs();
  print(`${device.name}: at best ${copyGbs.toFixed(1)} GB/s and ${fmaGflops.toFixed(0)} GFLOP/s\n`);

  const gflops = (ms) => (2 * size ** 3) / (1e6 * ms);
  const points = [];
  const rows = [];
  for (const { name, idea, file, exercise, workgroups, bytes, needsLanes } of RUNGS) {
    if (needsLanes && lanes === null) {
      rows.push([name, idea, '-', '-', '-', 'this adapter’s subgroups have no one size']);
      continue;
    }
    const own = exercise === undefined ? { text: text(file), isReaders: false } : solution(exercise);
    const record = () =>
      runKernel(device, {
        name: `05-matmul/${name}`,
        wgsl: own.text,
        bindings: ['read', 'read', 'write', 'params'],
        tensors: [a, b, c],
        params: [size, size, size],
        ...(needsLanes && { constants: { LANES: lanes } }),
        workgroups: workgroups(size, size),
      });
    device.fill(c.storage, 0);
    record();
    compareNumbers({ shape: [size, size], data: await c.read() }, right, `c of ${name}`);
    const ms = await gpuMilliseconds(device, record, options);
    points.push({ name, intensity: 2 / bytes, gflops: gflops(ms) });
    rows.push([name, idea, ms.toFixed(2), gflops(ms).toFixed(1), (2 / bytes).toFixed(1), own.isReaders ? 'yours' : '']);
  }
  const weft = await gpuMilliseconds(device, () => device.step(() => matmul(a, b)), options);
  rows.push(['Weft', 'the member chosen for this adapter', weft.toFixed(2), gflops(weft).toFixed(1), '', '']);
  print(`c = a b, ${size} x ${size} x ${size}; all rungs agree with Weft's product:`);
  table(['rung', 'idea', 'ms', 'GFLOP/s', 'op/B', 'whose'], rows);
  await chart(roofline(points, gflops(weft), copyGbs, fmaGflops), 'roofline');
  print(
    'op/B counts what a kernel asks of memory. A rung above the slanted roof is not a miracle: caches serve it. On\n' +
      'a processor they hide much of what workgroup memory is for, and a barrier costs more than it saves.\n',
  );
  await splitK(device, print, table, solution('split_k'), quick, options);
}

/** A product with few results and a long K: by one part, and by many. */
async function splitK(device, print, table, { text, isReaders }, quick, options) {
  const [m, k, n] = quick ? [8, 256, 8] : [16, 65536, 16];
  const [a, b] = [rand(device, [m, k]), rand(device, [k, n])];
  const rows = [];
  for (const splits of quick ? [1, 4] : [1, 4, 16, 64, 256]) {
    const parts = zeros(device, [splits, m, n]);
    const ms = await gpuMilliseconds(
      device,
      () => {
        runKernel(device, {
          name: '05-matmul/split_k',
          wgsl: text,
          bindings: ['read', 'read', 'write', 'params'],
          tensors: [a, b, parts],
          params: [m, k, n, splits],
          workgroups: Math.ceil((m * n * splits) / 64),
        });
        if (splits > 1) device.step(() => parts.sum({ dim: 0 }));
      },
      options,
    );
    rows.push([splits, Math.ceil((m * n * splits) / 64), ms.toFixed(3)]);
    parts.release();
  }
  print(
    `(${m}, ${k}) times (${k}, ${n}), by ${isReaders ? 'your' : 'the solution’s'} split_k, with the sum of the parts:`,
  );
  table(['parts', 'workgroups', 'ms'], rows);
}

/** Log-log: the roofs as lines, each rung a point. */
const roofline = (points, weft, copyGbs, fmaGflops) => ({
  width: 560,
  height: 320,
  title: 'The ladder under this adapter’s roofs',
  layer: [
    {
      data: {
        values: [0.1, fmaGflops / copyGbs, 100].map((x) => ({ x, y: Math.min(x * copyGbs, fmaGflops) })),
      },
      mark: { type: 'line', color: '#57606a' },
      encoding: {
        x: {
          field: 'x',
          type: 'quantitative',
          scale: { type: 'log', domain: [0.1, 100] },
          title: 'operations for each byte asked of memory',
        },
        y: { field: 'y', type: 'quantitative', scale: { type: 'log' }, title: 'GFLOP/s' },
      },
    },
    {
      data: { values: [{ y: weft }] },
      mark: { type: 'rule', strokeDash: [4, 4], color: '#0969da' },
      encoding: { y: { field: 'y', type: 'quantitative' } },
    },
    {
      data: { values: [{ y: weft }] },
      mark: { type: 'text', align: 'left', dy: -6, x: 4, color: '#0969da', text: 'Weft' },
      encoding: { y: { field: 'y', type: 'quantitative' } },
    },
    {
      data: { values: points },
      mark: { type: 'point', filled: true, size: 60, color: '#b3261e' },
      encoding: { x: { field: 'intensity', type: 'quantitative' }, y: { field: 'gflops', type: 'quantitative' } },
    },
    {
      data: { values: points },
      mark: { type: 'text', align: 'left', dx: 7, color: '#b3261e' },
      encoding: {
        x: { field: 'intensity', type: 'quantitative' },
        y: { field: 'gflops', type: 'quantitative' },
        text: { field: 'name' },
      },
    },
  ],
});
