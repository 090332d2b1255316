/** Winograd's members against the f64 loops. */
import * as assert from 'uvu/assert';
import type { Device } from '../../src/device/device.js';
import { TOLERANCE, expectClose } from '../../src/cases/close.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';
import { conv2d } from '../../src/kernels/conv2d/conv2d.js';
import { conv2dGeometry, type Conv2dGeometry } from '../../src/kernels/conv2d/geometry.js';
import {
  conv2d as forwardReference,
  conv2dBackwardInput as inputReference,
  conv2dBackwardWeight as weightReference,
  conv2dEpilogue,
} from '../../src/kernels/conv2d/reference.js';
import { hostTensor, type HostTensor } from '../../src/kernels/launch/host_tensor.js';
import {
  F2,
  F4,
  canWinograd,
  winogradChoices,
  winogradDefault,
  winogradShare,
} from '../../src/kernels/winograd/family.js';
import { winogradGather, winogradWeight } from '../../src/kernels/winograd/winograd.js';
import type { Choice } from '../../src/kernels/launch/family.js';
import type { FusedActivation } from '../../src/kernels/matmul/product.js';
import { FOURS, filterLayout } from '../../src/tensor/layout.js';
import { empty } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';

const test = gpuSuite('winograd');

const MEMBERS = [F2, F4];

interface Case {
  readonly x: readonly [N: number, C: number, H: number, W: number];
  readonly O: number;
  readonly padding: readonly [number, number];
}
/** Tiles cut off on all sides, fewer channels than a tile of the product has and more than one part of a sum has. */
const CASES: readonly Case[] = [
  { x: [2, 8, 7, 9], O: 12, padding: [1, 1] },
  { x: [1, 4, 1, 1], O: 4, padding: [1, 1] },
  { x: [3, 20, 5, 14], O: 4, padding: [0, 0] },
  { x: [1, 68, 4, 6], O: 20, padding: [2, 1] },
  { x: [1, 4, 9, 3], O: 36, padding: [0, 3] },
  { x: [9, 4, 15, 17], O: 8, padding: [1, 1] },
];

interface Problem {
  readonly g: Conv2dGeometry;
  readonly x: HostTensor;
  readonly w: HostTensor;
  readonly dy: HostTensor;
}
function problemOf({ x, O, padding }: Case): Problem {
  const w = [O, x[1], 3, 3];
  const g = conv2dGeometry(x, w, { padding });
  return {
    g,
    x: drawTensor(x, UNIT, 1),
    w: drawTensor(w, UNIT, 2),
    dy: drawTensor([g.N, g.O, g.oH, g.oW], UNIT, 3),
  };
}

const PLAIN = { bias: null, residual: null, activation: null };

/** y, dx and dw of one member, row-major. */
async function run(
  device: Device,
  choice: Choice,
  { g, x, w, dy }: Problem,
  dtype: 'f32' | 'f16' = 'f32',
): Promise<Record<'y' | 'dx' | 'dw', number[]>> {
  const [X, DY] = [x, dy].map((t) => upload(device, t, dtype));
  const W = upload(device, w);
  const [y, dx] = [dy, x].map(({ shape }) => empty(device, shape, dtype, FOURS));
  const dw = empty(device, w.shape, 'f32', filterLayout(1));
  winogradGather(choice, g, X, W, y, false, PLAIN);
  winogradGather(choice, g, DY, W, dx, true, PLAIN);
  winogradWeight(choice, g, X, DY, dw);
  return { y: [...(await y.read())], dx: [...(await dx.read())], dw: [...(await dw.read())] };
}

function expected({ g, x, w, dy }: Problem): Record<'y' | 'dx' | 'dw', Float64Array> {
  const args = { padding: g.padding };
  return {
    y: forwardReference(x, w, null, args).data,
    dx: inputReference(dy, w, x.shape, args).data,
    dw: weightReference(x, dy, w.shape, args).data,
  };
}

const name = (choice: Choice): string => `F(${choice['M']}x${choice['M']}, 3x3)`;

for (const choice of MEMBERS) {
  test(`${name(choice)} makes y, dx and dw of the loops`, async () => {
    const device = await testDevice();
    for (const c of CASES) {
      const problem = problemOf(c);
      assert.ok(canWinograd(device, problem.g, 'weight'));
      const [got, want] = [await run(device, choice, problem), expected(problem)];
      for (const argument of ['y', 'dx', 'dw'] as const)
        expectClose({
          ...{ op: 'winograd', argument, got: got[argument], expected: want[argument] },
          ...{ tolerance: 3e-6, pair: 'GPU with CPU', label: JSON.stringify(c) },
        });
    }
  });

  test(`${name(choice)} with bias, residual and activation`, async () => {
    const device = await testDevice();
    const { g, x, w, dy } = problemOf(CASES[0]);
    const bias = drawTensor([g.O], UNIT, 4);
    const sum = forwardReference(x, w, bias, { padding: g.padding });
    for (const activation of ['relu', null] as readonly (FusedActivation | null)[]) {
      const y = empty(device, dy.shape, 'f32', FOURS);
      winogradGather(choice, g, upload(device, x), upload(device, w), y, false, {
        bias: upload(device, bias),
        residual: upload(device, dy),
        activation,
      });
      const want = conv2dEpilogue(sum, dy, { activation: activation as 'relu' | null });
      expectClose({
        ...{ op: 'winograd', argument: 'y', got: await y.read(), expected: want.data },
        ...{ tolerance: TOLERANCE, pair: 'GPU with CPU', label: `${activation}` },
      });
    }
  });

  test(`${name(choice)} in windows of images and of tiles`, async () => {
    const problem = problemOf({ x: [67, 4, 4, 4], O: 4, padding: [1, 1] });
    const want = expected(problem);
    await withDevice({ maxBindingBytes: 4096 }, async (limited) => {
      assert.not(canWinograd(limited, problem.g, 'weight'), 'the gradient of the weights wants its operands whole');
      const { g, x, w, dy } = problem;
      for (const isTransposed of [false, true]) {
        const output = empty(limited, isTransposed ? x.shape : dy.shape, 'f32', FOURS);
        const [input, argument] = isTransposed ? ([dy, 'dx'] as const) : ([x, 'y'] as const);
        winogradGather(choice, g, upload(limited, input), upload(limited, w), output, isTransposed, PLAIN);
        expectClose({
          ...{ op: 'winograd', argument, got: await output.read(), expected: want[argument] },
          ...{ tolerance: 3e-6, pair: 'GPU with CPU', label: 'in windows' },
        });
      }
    });
  });

  test(`${name(choice)} with activations in halves`, async () => {
    const device = await testDevice();
    if (!device.features.has('shader-f16')) return;
    const problem = problemOf(CASES[0]);
    const halves = async (t: HostTensor): Promise<HostTensor> =>
      hostTensor(t.shape, await upload(device, t, 'f16').read());
    const rounded = { ...problem, x: await halves(problem.x), dy: await halves(problem.dy) };
    const [got, want] = [await run(device, choice, rounded, 'f16'), expected(rounded)];
    for (const argument of ['y', 'dx', 'dw'] as const)
      expectClose({
        ...{ op: 'winograd', argument, got: got[argument], expected: want[argument] },
        ...{ tolerance: argument === 'dw' ? 3e-6 : 1e-3, pair: 'GPU with CPU', label: 'f16' },
      });
  });

  test(`${name(choice)} has NaN and infinities where the loops have them`, async () => {
    const device = await testDevice();
    const kind = (v: number): string => (Number.isFinite(v) ? '.' : `${v} `);
    const c = { ...CASES[0], x: [2, 4, 9, 11] as const };
    for (const [operand, value] of [
      ['x', NaN],
      ['x', Infinity],
      ['x', 3e38],
      ['w', -Infinity],
      ['dy', NaN],
      ['dy', Infinity],
    ] as const) {
      const problem = problemOf(c);
      const { data } = problem[operand];
      data[Math.floor(data.length / 2) + 3] = value;
      const [got, want] = [await run(device, choice, problem), expected(problem)];
      for (const argument of ['y', 'dx', 'dw'] as const) {
        const places = [got, want].map((r) => Array.from(Float32Array.from(r[argument]), kind).join(''));
        assert.is(places[0], places[1], `${argument} of ${value} in ${operand}`);
      }
    }
  });
}

test('the same numbers every time', async () => {
  const device = await testDevice();
  const problem = problemOf(CASES[0]);
  for (const choice of MEMBERS) assert.equal(await run(device, choice, problem), await run(device, choice, problem));
});

test('what these members cannot do is no problem of theirs', async () => {
  const device = await testDevice();
  const can = (x: number[], w: number[], options = {}): boolean =>
    canWinograd(device, conv2dGeometry(x, w, { padding: 1, ...options }), 'forward');
  assert.ok(can([2, 8, 7, 7], [4, 8, 3, 3]));
  assert.not(can([2, 8, 7, 7], [4, 8, 5, 5]));
  assert.not(can([2, 6, 7, 7], [4, 6, 3, 3]));
  assert.not(can([2, 8, 7, 7], [6, 8, 3, 3]));
  assert.not(can([2, 8, 7, 7], [4, 8, 3, 3], { stride: 2 }));
  assert.not(can([2, 8, 7, 7], [4, 8, 3, 3], { dilation: 2 }));
  assert.not(can([2, 8, 7, 7], [8, 4, 3, 3], { groups: 2 }));
  const { g, x, w, dy } = problemOf(CASES[1]);
  assert.throws(
    () =>
      winogradGather(
        { variant: 'winograd', M: 3 },
        g,
        upload(device, x),
        upload(device, w),
        upload(device, dy),
        false,
        PLAIN,
      ),
    /there is no Winograd kernel/,
  );
});

test('defaults are members that the tuner may choose, where they are expected to win', async () => {
  const device = await testDevice();
  const layer = (N: number, C: number, side: number, O = C): Conv2dGeometry =>
    conv2dGeometry([N, C, side, side], [O, C, 3, 3], { padding: 1 });
  const [narrow, wide, deep, few] = [layer(64, 16, 32), layer(8, 128, 28), layer(8, 512, 7), layer(1, 512, 4)];
  assert.ok(winogradShare(narrow, F2, 'forward') > 1 && winogradShare(wide, F4, 'weight') < 0.7);
  assert.ok(
    winogradShare(few, F2, 'forward') > winogradShare(deep, F2, 'forward'),
    'few pixels do not pay for the transforms of the weights',
  );
  assert.equal(winogradChoices(device, wide, 'forward'), [F2], 'F4 has too large an error for y and dx');
  assert.equal(winogradChoices(device, wide, 'weight'), [F2, F4]);
  assert.equal(winogradChoices(device, deep, 'weight'), [F2], 'and for dw where pixels are few');
  const own = (g: Conv2dGeometry): unknown[] =>
    (['forward', 'input', 'weight'] as const).map((pass) => winogradDefault(device, g, pass));
  if (device.adapter.isSoftware) {
    assert.equal(own(narrow), [null, null, null]);
    assert.equal(own(wide), [null, null, F4]);
    assert.equal(own(layer(64, 32, 14, 64)), [null, null, F4], 'the second convolution of the CNN');
    assert.equal(own(deep), [null, null, null]);
  } else assert.equal(own(wide), [null, null, null]);
});

/** Root mean square error of f32 results, relative to that of the results. */
function error(got: ArrayLike<number>, want: Float64Array): number {
  const sum = (f: (i: number) => number): number => want.reduce((total, _, i) => total + f(i) ** 2, 0);
  return Math.sqrt(sum((i) => got[i] - want[i]) / sum((i) => want[i]));
}

test('errors are what docs/performance/winograd.md says', async () => {
  const device = await testDevice();
  const problem = problemOf({ x: [4, 256, 8, 8], O: 4, padding: [1, 1] });
  const want = expected(problem);
  const [f2, f4] = await Promise.all(MEMBERS.map(async (choice) => run(device, choice, problem)));
  assert.ok(error(f2.y, want.y) < 2.3e-7, `y, F2: ${error(f2.y, want.y)}`);
  assert.ok(error(f4.y, want.y) < 8e-7, `y, F4: ${error(f4.y, want.y)}`);
  const direct = await conv2d(upload(device, problem.x), upload(device, problem.w), null, {
    padding: 1,
    choice: { variant: 'naive' },
  }).read();
  assert.ok(error(direct, want.y) > error(f2.y, want.y), `y, direct: ${error(direct, want.y)}`);
});

test.run();
