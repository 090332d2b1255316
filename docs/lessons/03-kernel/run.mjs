/** What a kernel costs on this machine: starting one, and moving bytes, in one stride and in another. */
import { empty, rand } from 'weftgrad';
import { gpuMilliseconds, runKernel } from 'weftgrad/learn';

export async function run({ device, print, table, solution, quick }) {
  const options = quick ? { measurements: 1, seconds: 0.001 } : {};
  const add = solution('add');
  print(`y = a + b, ${add.isReaders ? 'by your kernel' : 'by the solution (yours has not passed yet)'}:`);
  const rows = [];
  for (const n of quick ? [64, 4096] : [64, 4096, 65536, 1048576, 4194240]) {
    const [a, b, y] = [rand(device, [n]), rand(device, [n]), empty(device, [n])];
    const ms = await gpuMilliseconds(
      device,
      () =>
        runKernel(device, {
          name: '03-kernel/add',
          wgsl: add.text,
          bindings: ['read', 'read', 'write', 'params'],
          tensors: [a, b, y],
          params: [n],
          workgroups: n / 64,
        }),
      options,
    );
    rows.push([n, (1000 * ms).toFixed(1), ((12 * n) / (1e6 * ms)).toFixed(2)]);
    for (const t of [a, b, y]) t.release();
  }
  table(['elements', 'microseconds', 'GB/s'], rows);
  print(
    'Small sizes cost nearly the same: that is the price of a launch. Large ones cost what their bytes cost: 12 for\n' +
      'each element, two read and one written. In between lies the size from which a GPU is worth its while.\n',
  );

  const transpose = solution('transpose');
  const size = quick ? 64 : 2048;
  const [x, y] = [rand(device, [size, size]), empty(device, [size, size])];
  const n = size * size;
  const time = (name, wgsl, params) =>
    gpuMilliseconds(
      device,
      () =>
        runKernel(device, {
          name: `03-kernel/${name}`,
          wgsl,
          bindings: ['read', 'write', 'params'],
          tensors: [x, y],
          params,
          workgroups: n / 64,
        }),
      options,
    );
  const across = await time('transpose', transpose.text, [size, size]);
  const along = await time('blur', solution('blur').text, [size, size]);
  print(`The same ${size} x ${size} numbers, read and written once:`);
  table(
    ['kernel', 'microseconds', 'GB/s', 'a thread reads'],
    [
      ['blur', (1000 * along).toFixed(1), ((8 * n) / (1e6 * along)).toFixed(2), 'beside its neighbour, three times'],
      [
        'transpose',
        (1000 * across).toFixed(1),
        ((8 * n) / (1e6 * across)).toFixed(2),
        `${size} numbers away from its neighbour`,
      ],
    ],
  );
  print(
    'Threads that lie side by side should read side by side: memory comes in lines of 64 or 128 bytes. Lesson 05\n' +
      'uses that, and workgroup memory, to make a product of matrices many times faster.',
  );
}
