/** Where the gradient goes: largest against mean, on a small plane; and what pooling costs and saves here. */
import { avgPool2d, backward, conv2d, empty, maxPool2d, rand, tensor } from 'weftgrad';
import { gpuMilliseconds, runKernel } from 'weftgrad/learn';

export async function run({ device, print, table, solution, quick }) {
  const plane = [1, 3, 2, 0, 2, 5, 1, 4, 0, 1, 6, 2, 4, 1, 3, 3];
  const gradient = async (pool) => {
    const x = tensor(device, plane, { shape: [1, 1, 4, 4], requiresGrad: true });
    device.step(() => backward(pool(x).sum()));
    return [...(await x.grad.read())];
  };
  const largest = await gradient((x) => maxPool2d(x, { kernelSize: 2 }));
  const mean = await gradient((x) => avgPool2d(x, { kernelSize: 2 }));
  const row = (values, r) => values.slice(4 * r, 4 * r + 4).join('  ');
  print('x, and the gradient of the sum of its 2 x 2 windows’ largest elements, and of their means:');
  table(
    ['x', 'largest', 'mean'],
    [0, 1, 2, 3].map((r) => [row(plane, r), row(largest, r), row(mean, r)]),
  );
  print('One element in four learns from a largest element, and each gets all of it; by a mean all learn a quarter.\n');

  const options = quick ? { measurements: 1, seconds: 0.001 } : {};
  const s = quick ? { n: 1, c: 4, size: 8 } : { n: 32, c: 32, size: 28 };
  const half = s.size / 2;
  const planes = s.n * s.c;
  const x = rand(device, [s.n, s.c, s.size, s.size]);
  const [y, from] = [empty(device, [planes, half, half]), empty(device, [planes, half, half])];
  const dx = empty(device, [planes, s.size, s.size]);
  const params = [planes, s.size, s.size, 2, 2, half, half];
  const launch = (name, bindings, tensors, count) => () =>
    runKernel(device, {
      name: `07-pooling/${name}`,
      wgsl: solution(name).text,
      bindings,
      tensors,
      params,
      workgroups: Math.ceil(count / 64),
    });
  const forward = await gpuMilliseconds(
    device,
    launch('max', ['read', 'write', 'write', 'params'], [x, y, from], y.size),
    options,
  );
  const back = await gpuMilliseconds(
    device,
    launch('max_backward', ['read', 'read', 'write', 'params'], [y, from, dx], dx.size),
    options,
  );
  const weft = await gpuMilliseconds(device, () => device.step(() => maxPool2d(x, { kernelSize: 2 })), options);
  const w = rand(device, [s.c, s.c, 3, 3]);
  const pooled = rand(device, [s.n, s.c, half, half]);
  const onAll = await gpuMilliseconds(device, () => device.step(() => conv2d(x, w, null, { padding: 1 })), options);
  const onHalf = await gpuMilliseconds(
    device,
    () => device.step(() => conv2d(pooled, w, null, { padding: 1 })),
    options,
  );
  table(
    [`x (${x.shape})`, 'ms'],
    [
      ['your max', forward.toFixed(3)],
      ['your max_backward', back.toFixed(3)],
      ['Weft’s max_pool2d', weft.toFixed(3)],
      ['a convolution 3 x 3 after it, on a quarter of the pixels', onHalf.toFixed(3)],
      ['the same convolution without pooling', onAll.toFixed(3)],
    ],
  );
  print('What pooling costs is bytes; what it saves is three quarters of everything behind it.');
}
