/** Convolutions side by side in one tensor: the numbers of each by itself, joined. */
import * as assert from 'uvu/assert';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';
import type { Device } from '../../src/device/device.js';
import { canJoin, conv2d, joinedConv2d, type JoinedConv2d } from '../../src/kernels/conv2d/conv2d.js';
import type { Choice } from '../../src/kernels/launch/family.js';
import { FOURS } from '../../src/tensor/layout.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';

const test = gpuSuite('joined convolutions');

type Part = readonly [O: number, k: number, options: JoinedConv2d['options']];

/** Convolutions of so many images of 5x6, each with its window and output channels. */
function parts(device: Device, given: readonly Part[], images = 3): JoinedConv2d[] {
  const x = upload(device, drawTensor([images, 8, 5, 6], UNIT, 1));
  return given.map(([O, k, options], i) => ({
    x,
    w: upload(device, drawTensor([O, 8 / (options.groups ?? 1), k, k], UNIT, 2 + i)),
    bias: i === 1 ? null : upload(device, drawTensor([O], UNIT, 12 + i)),
    options: { padding: (k - 1) / 2, ...options },
  }));
}

async function joinedByHand(convs: readonly JoinedConv2d[]): Promise<number[]> {
  const outputs: Tensor[] = convs.map(({ x, w, bias, options }) => conv2d(x, w, bias, options));
  const numbers = await Promise.all(outputs.map((y) => y.read()));
  const result: number[] = [];
  const [N] = outputs[0].shape;
  for (let n = 0; n < N; n++)
    for (const y of numbers) result.push(...y.subarray((n * y.length) / N, ((n + 1) * y.length) / N));
  return result;
}

const MEMBERS: readonly Choice[] = [
  { variant: 'subgroup', ROWS: 16 },
  { variant: 'register', ROWS: 8 },
  { variant: 'workgroup', ROWS: 32, COLUMNS: 32, THREAD_ROWS: 4, THREAD_COLUMNS: 4 },
  { variant: 'naive' },
  { variant: 'winograd', M: 2 },
  { variant: 'thin_register', FOURS: 2 },
];

for (const choice of MEMBERS)
  test(`${choice.variant}: among others, in the first, a middle and the last place`, async () => {
    const device = await testDevice();
    if (['subgroup', 'winograd'].includes(choice.variant) && !device.features.has('subgroups')) return;
    for (const at of [0, 1, 2]) {
      const others: Part[] = [
        [4, 1, {}],
        [12, 3, { activation: 'relu' }],
      ];
      const convs = parts(device, others.toSpliced(at, 0, [8, 3, { choice, activation: 'relu' }]));
      assert.ok(canJoin(convs));
      const y = joinedConv2d(convs);
      assert.is(y.layout, FOURS);
      assert.equal(y.shape, [3, 24, 5, 6]);
      assert.equal([...(await y.read())], await joinedByHand(convs));
    }
  });

test('depthwise, groups, windows of images', () =>
  withDevice({ maxBindingBytes: 16384 }, async (device) => {
    const convs = parts(
      device,
      [
        [8, 3, { groups: 8 }],
        [8, 3, { groups: 2 }],
        [16, 1, {}],
      ],
      12,
    );
    const y = joinedConv2d(convs);
    assert.equal([...(await y.read())], await joinedByHand(convs));
  }));

test('what cannot be bound as a whole is not joined', () =>
  withDevice({ maxBindingBytes: 4096 }, (device) => {
    const convs: Part[] = [
      [8, 3, {}],
      [24, 1, {}],
    ];
    assert.not(canJoin(parts(device, convs)));
    assert.ok(canJoin(parts(device, convs.slice(0, 1))));
    return Promise.resolve();
  }));

test('what cannot be joined', async () => {
  const device = await testDevice();
  const refused = (...given: Part[]): void => assert.not(canJoin(parts(device, given)));
  refused([6, 1, {}], [8, 1, {}]); // no whole fours
  refused([8, 1, { groups: 4 }], [8, 1, {}]);
  refused([8, 1, { stride: 2 }], [8, 1, {}]);
  refused([8, 1, { stride: 6 }], [8, 1, { stride: 6 }]); // a pixel
});

test.run();
