/** Your three kernels against Weft's convolution, and a ladder of forward kernels on this machine. */
import { backward, conv2d, empty, rand, tensor } from 'weftgrad';
import { compareNumbers, gpuMilliseconds, runKernel } from 'weftgrad/learn';

const STORAGE = ['read', 'read', 'write', 'params'];

export async function run({ device, print, table, chart, text, solution, roofs, quick }) {
  const options = quick ? { measurements: 1, seconds: 0.001 } : {};
  const s = quick
    ? { n: 1, c: 4, h: 8, w: 8, o: 8, k: 3, stride: 1, pad: 1 }
    : { n: 8, c: 32, h: 28, w: 28, o: 32, k: 3, stride: 1, pad: 1 };
  const params = [s.n, s.c, s.h, s.w, s.o, s.k, s.stride, s.pad, s.h, s.w];
  const draw = async (shape) => {
    const t = rand(device, shape);
    return tensor(device, await t.read(), { shape, requiresGrad: true });
  };
  const [x, w] = [await draw([s.n, s.c, s.h, s.w]), await draw([s.o, s.c, s.k, s.k])];
  const dy = rand(device, [s.n, s.o, s.h, s.w]);
  const y = device.step(() => {
    const out = conv2d(x, w, null, { padding: s.pad });
    backward(out, dy);
    return out;
  });

  /** Runs a kernel and gives what it wrote. */
  const written = async (name, wgsl, tensors, shape) => {
    const out = empty(device, shape);
    record(device, name, wgsl, [...tensors, out], params, Math.ceil(out.size / 64));
    return { shape, data: await out.read() };
  };
  const theirs = async (t) => ({ shape: t.shape, data: await t.read() });
  const rows = [];
  for (const [exercise, tensors, want, what] of [
    ['forward', [x, w], y, 'y'],
    ['backward_input', [dy, w], x.grad, 'dx'],
    ['backward_weight', [x, dy], w.grad, 'dw'],
  ]) {
    const { text: wgsl, isReaders } = solution(exercise);
    compareNumbers(await written(exercise, wgsl, tensors, want.shape), await theirs(want), what, { tolerance: 1e-3 });
    rows.push([what, want.shape.join(' x '), isReaders ? 'yours' : 'the solution', 'agrees']);
  }
  print('Against the convolution of Weft and its backward:');
  table(['', 'shape', 'kernel', ''], rows);

  await ladder({ device, print, table, chart, text, solution, roofs, options, s, params, x, w, y });
}

function record(device, name, wgsl, tensors, params, workgroups) {
  runKernel(device, {
    name: `06-convolution/${name}`,
    wgsl,
    bindings: tensors.length === 2 ? ['read', 'write', 'params'] : STORAGE,
    tensors,
    params,
    workgroups,
  });
}

/** Forward kernels, each compared first and timed then. */
async function ladder({ device, print, table, chart, text, solution, roofs, options, s, params, x, w, y }) {
  const { fmaGflops } = await roofs();
  const operations = 2 * y.size * s.c * s.k * s.k;
  const fours = s.n * s.o * s.h * Math.ceil(s.w / 4);
  const depth = s.c * s.k * s.k;
  const [columns, pixels] = [empty(device, [depth, s.h * s.w]), s.h * s.w];
  const forward = solution('forward').text;
  const product = text('../05-matmul/solution/register_tile.wgsl');
  const out = empty(device, y.shape);
  const RUNGS = [
    [
      'forward',
      'a thread makes an element',
      () => record(device, 'forward', forward, [x, w, out], params, Math.ceil(y.size / 64)),
    ],
    [
      'row_of_four',
      'four neighbours share a window',
      () => record(device, 'row_of_four', text('ladder/row_of_four.wgsl'), [x, w, out], params, Math.ceil(fours / 64)),
    ],
    [
      'four_channels',
      'and four filters share what was fetched',
      () =>
        record(
          device,
          'four_channels',
          text('ladder/four_channels.wgsl'),
          [x, w, out],
          params,
          Math.ceil(fours / 4 / 64),
        ),
    ],
  ];
  const right = { shape: y.shape, data: await y.read() };
  const rows = [];
  for (const [name, idea, body] of RUNGS) {
    device.fill(out.storage, 0);
    body();
    compareNumbers({ shape: y.shape, data: await out.read() }, right, `y of ${name}`, { tolerance: 1e-3 });
    rows.push([name, idea, await gpuMilliseconds(device, body, options)]);
  }
  const unfolded = await gpuMilliseconds(
    device,
    () => {
      record(device, 'unfold', text('ladder/unfold.wgsl'), [x, columns], params, Math.ceil((depth * pixels) / 64));
      runKernel(device, {
        name: '06-convolution/product',
        wgsl: product,
        bindings: STORAGE,
        tensors: [w, columns, empty(device, [s.o, pixels])],
        params: [s.o, depth, pixels],
        workgroups: Math.ceil(s.o / 64) * Math.ceil(pixels / 64),
      });
    },
    options,
  );
  rows.push(['unfold', 'windows as columns, then lesson 05’s product', unfolded * s.n]);
  const own = await gpuMilliseconds(device, () => device.step(() => conv2d(x, w, null, { padding: s.pad })), options);
  rows.push(['Weft', 'the member chosen for this adapter', own]);
  const gflops = (ms) => operations / (1e6 * ms);
  print(`\ny of x (${x.shape}), w (${w.shape}); the roof of this adapter is ${fmaGflops.toFixed(0)} GFLOP/s:`);
  table(
    ['rung', 'idea', 'ms', 'GFLOP/s', 'of the roof'],
    rows.map(([name, idea, ms]) => [
      name,
      idea,
      ms.toFixed(2),
      gflops(ms).toFixed(1),
      `${((100 * gflops(ms)) / fmaGflops).toFixed(0)} %`,
    ]),
  );
  await chart(bars(rows.map(([name, , ms]) => ({ name, gflops: gflops(ms) }))), 'ladder');
}

const bars = (values) => ({
  width: 420,
  height: 30 * values.length,
  title: 'A convolution, rung by rung',
  data: { values },
  mark: 'bar',
  encoding: {
    x: { field: 'gflops', type: 'quantitative', title: 'GFLOP/s' },
    y: { field: 'name', type: 'nominal', sort: null, title: null },
  },
});
