/** Validation comes before timing: a wrong kernel gets no number, wherever it is wrong. */
import * as assert from 'uvu/assert';
import type { KernelRow } from '../../bench/shared/document.js';
import { benchKernels, failOnWrong } from '../../bench/commands/kernels.js';
import { measureProblem } from '../../bench/kernels/measure.js';
import { opProblem, selectProblems, type Problem, type Variant } from '../../bench/kernels/problem.js';
import { ROWS, type BenchRow } from '../../src/cases/bench_rows.js';
import { resize } from '../../bench/kernels/shapes.js';
import { specOf } from '../../src/cases/index.js';
import { checkRoofKernels, copy, measureRoofs } from '../../src/measure/roofs.js';
import { gpuTime, wallTime } from '../../src/measure/timing.js';
import { measureWorkload } from '../../bench/train/train_child.js';
import { WORKLOADS } from '../../bench/train/workloads.js';
import { binary } from '../../src/kernels/elementwise/binary.js';
import { matmul as matmulReference } from '../../src/kernels/matmul/reference.js';
import { matmul } from '../../src/kernels/matmul/matmul.js';
import type { FamilyTrials } from '../../src/kernels/launch/trial.js';
import { empty, full, type Tensor } from '../../src/tensor/tensor.js';
import { fails } from '../data/fixtures.js';
import { testDevice, withDevice } from '../support/gpu.js';
import { suite } from '../support/harness.js';
import { drawTensor, UNIT } from '../../src/cases/draw.js';

const test = suite('bench measure');

const QUICK = {
  seconds: 0,
  roofs: { copyGbs: 20, kernelCopyGbs: 6, bufferCopyGbs: 20, fmaGflops: 100, clock: 'gpu' },
} as const;
/** On a device whose memory is not poisoned: the fills would be timed. */
const quiet = <T>(body: (device: import('../../src/device/device.js').Device) => Promise<T>): Promise<T> =>
  withDevice({ poison: false }, body);

const NUMBERS = ['ms', 'p20', 'p80', 'wallMs', 'gflops', 'gbs', 'percentOfRoof', 'speedup', 'clock'] as const;

function hasNoNumber(r: KernelRow): void {
  assert.is(r.valid, false);
  assert.equal(
    NUMBERS.filter((key) => r[key] !== null),
    [],
  );
}

/** Adds one half to the last element's neighbourhood: what a forgotten edge would do. */
const broken = (right: Variant, name = 'broken'): Variant => ({
  ...right,
  name,
  run: (inputs) => binary('add', right.run(inputs), full(inputs[0].device, [1], 0.5)),
});

const matmulRow = (...sizes: number[]): BenchRow => resize(ROWS.find((r) => r.spec.op === 'matmul') as BenchRow, sizes);

test('a right kernel gets its numbers, a wrong one none', () =>
  quiet(async (device) => {
    const problem = opProblem(matmulRow(17, 9, 5));
    const seen: string[] = [];
    const rows = await measureProblem(
      device,
      { ...problem, variants: [problem.variants[0], broken(problem.variants[0])] },
      QUICK,
      (r) => seen.push(r.variant),
    );
    assert.equal(seen, ['default', 'broken']);
    const [good, bad] = rows;
    assert.ok(
      good.valid &&
        good.ms !== null &&
        good.ms > 0 &&
        good.wallMs !== null &&
        good.wallMs > 0 &&
        good.p20 !== null &&
        good.p80 !== null &&
        good.p20 <= good.ms &&
        good.ms <= good.p80,
    );
    assert.is(good.flops, 2 * 17 * 9 * 5);
    assert.is(good.bytes, 4 * (17 * 9 + 9 * 5 + 17 * 5));
    assert.ok(Math.abs((good.gflops ?? 0) - good.flops / good.ms / 1e6) < 1e-9);
    assert.is(good.clock, device.features.has('timestamp-query') ? 'gpu' : 'wall');
    assert.equal([good.dispatches, good.transfers], [1, 0]);
    hasNoNumber(bad);
    assert.match(bad.error ?? '', /matmul 17x9x5.*got .* expected/);
    assert.equal(bad.dispatches, null);
    const error = await fails(() => failOnWrong(rows), 8, /1 of 2 kernels compute wrongly: matmul 17x9x5 broken/);
    assert.is(error.code, 'check');
    failOnWrong([good]);
  }));

test('a variant that throws is a wrong one, and the next is measured', () =>
  quiet(async (device) => {
    const problem = opProblem(matmulRow(4, 4, 4));
    const [right] = problem.variants;
    const throws: Variant = {
      ...right,
      name: 'throws',
      run: () => {
        throw new Error('too large for this adapter');
      },
    };
    const [bad, good] = await measureProblem(device, { ...problem, variants: [throws, right] }, QUICK);
    hasNoNumber(bad);
    assert.is(bad.error, 'too large for this adapter');
    assert.is(good.valid, true);
  }));

test('a view runs nothing on the GPU: no rates', () =>
  quiet(async (device) => {
    const [row] = await measureProblem(
      device,
      opProblem({ spec: specOf('reshape'), shapes: [[64]], args: { shape: [8, 8] } }),
      QUICK,
    );
    assert.ok(row.valid && row.clock === 'wall');
    assert.equal([row.dispatches, row.transfers, row.gbs, row.percentOfRoof, row.speedup], [0, 0, null, null, null]);
  }));

test('what copies or clears is timed by the wall: timestamps would leave that out', () =>
  quiet(async (device) => {
    const problem = opProblem(matmulRow(4, 4, 4));
    const [right] = problem.variants;
    const clears: Variant = {
      ...right,
      name: 'clears',
      timed: (inputs) => {
        device.clear(empty(device, [64]).storage);
        return right.run(inputs);
      },
    };
    const [row] = await measureProblem(device, { ...problem, variants: [clears] }, QUICK);
    assert.ok(row.valid && row.clock === 'wall' && row.ms === row.wallMs && row.gbs !== null);
    assert.equal([row.dispatches, row.transfers], [1, 1]);
  }));

interface Sizes {
  readonly M: number;
  readonly K: number;
  readonly N: number;
}

/** matmul's members as a family; `edge` is right on small problems and wrong on large ones. */
function matmulTrials(extra: readonly string[] = []): FamilyTrials<Sizes> {
  const run = ([a, b]: readonly Tensor[], variant: string): Tensor => {
    const c = matmul(a, b, { choice: { variant: 'naive' } });
    return variant === 'edge' && a.shape[0] > 100 ? binary('mul', c, full(a.device, [1], 1.5)) : c;
  };
  return {
    family: {
      name: 'matmul',
      shapeClass: () => 'all',
      candidates: () =>
        ['naive', ...extra].flatMap((variant) => [
          { variant, TILE: 1 },
          { variant, TILE: 2 },
        ]),
      defaultChoice: () => ({ variant: 'naive', TILE: 2 }),
    },
    trial: ({ M, K, N }) => ({
      inputs: [drawTensor([M, K], UNIT, 1), drawTensor([K, N], UNIT, 2)],
      gpu: (inputs, choice) => run(inputs, choice.variant),
      cpu: ([a, b]) => matmulReference(a, b),
      tolerance: 1e-5,
      flops: 2 * M * K * N,
      bytes: 4 * (M * K + K * N + M * N),
    }),
    small: () => ({ M: 16, K: 16, N: 16 }),
    examples: [{ M: 16, K: 16, N: 16 }],
    sizes: { letters: 'MxKxN', problem: ([M, K, N]) => ({ M, K, N }), text: ({ M, K, N }) => `${M}x${K}x${N}` },
  };
}

const names = (problems: readonly Problem[]): string[] =>
  problems.flatMap((p) => p.variants.map((v) => `${p.name} ${v.name}`));

test('selection: members with their default constants, all sets, filters, sizes', async () => {
  const device = await testDevice();
  const rows = [matmulRow(4, 4, 4)];
  const select = (filter: string, shapes: number[][] | null = null, all = false): string[] =>
    names(selectProblems(device, rows, [matmulTrials(['edge'])], { filter: new RegExp(filter), shapes, all }));
  assert.equal(select(''), ['matmul 4x4x4 default', 'matmul 16x16x16 naive', 'matmul 16x16x16 edge']);
  assert.equal(select('edge', null, true), ['matmul 16x16x16 edge TILE=1', 'matmul 16x16x16 edge TILE=2']);
  assert.equal(select('^matmul', [[8, 8, 8]]), ['matmul 8x8x8 default', 'matmul 8x8x8 naive', 'matmul 8x8x8 edge']);
  assert.equal(
    select('naive$', [
      [8, 8, 8],
      [9, 9, 9],
    ]),
    ['matmul 8x8x8 naive', 'matmul 9x9x9 naive'],
  );
  const chosen = selectProblems(device, [], [matmulTrials()], { filter: /naive/, shapes: null, all: false });
  assert.equal(chosen[0].variants[0].constants, { TILE: 2 }); // the family's default choice stands for its member
  await fails(() => select('conv'), 2, /--filter conv matches no kernel/);
  await fails(() => select('naive', [[8, 8]]), 2, /\[matmul\] --shapes 8x8 has 2 sizes, and matmul takes MxKxN/);
});

test('a large problem: the reference on a small one, the whole against the first valid member', () =>
  quiet(async (device) => {
    const [problem] = selectProblems(device, [], [matmulTrials(['edge'])], {
      filter: /./,
      shapes: [[512, 1024, 512]],
      all: false,
    });
    assert.ok(problem.small !== null);
    const [naive, edge] = await measureProblem(device, problem, QUICK);
    assert.ok(naive.valid && naive.validatedWith === 'small' && naive.referenceScaled && naive.speedup !== null);
    hasNoNumber(edge);
    assert.match(edge.error ?? '', /512x1024x512/);
  }));

test('the whole way: roofs, rows, and a document', () =>
  quiet(async (device) => {
    const problems = selectProblems(device, [matmulRow(8, 8, 8)], [], { filter: /./, shapes: null, all: false });
    const document = await benchKernels(device, { problems, seconds: 0, roofs: { seconds: 0, copyBytes: 2 ** 20 } });
    assert.is(document.rows.length, 1);
    assert.ok(
      document.roofs.copyGbs >= document.roofs.kernelCopyGbs &&
        document.roofs.kernelCopyGbs > 0 &&
        document.roofs.fmaGflops > 0,
    );
    assert.is(document.adapterName, device.name);
  }));

test('roofs on memory whose bindings are narrow; their kernels compute what they claim', () =>
  withDevice({ maxBindingBytes: 65536 + 100, poison: false }, async (device) => {
    await checkRoofKernels(device);
    const roofs = await measureRoofs(device, { seconds: 0 });
    assert.ok(Number.isFinite(roofs.copyGbs) && roofs.fmaGflops > 0);
  }));

test('clocks: more work takes more time, by both; an error in a run ends the measurement', () =>
  quiet(async (device) => {
    const make = (n: number): (() => void) => {
      const [x, y] = [full(device, [n], 1), empty(device, [n])];
      return () => copy(x, y);
    };
    const [small, large] = [make(1024), make(2 ** 22)];
    const [ws, wl] = [
      await wallTime(device, small, { seconds: 0.05 }),
      await wallTime(device, large, { seconds: 0.05 }),
    ];
    assert.ok(wl.min > 2 * ws.min, `wall ${ws.min} and ${wl.min}`);
    const [gs, gl] = [await gpuTime(device, small, { seconds: 0.05 }), await gpuTime(device, large, { seconds: 0.05 })];
    if (gs === null || gl === null) assert.not(device.features.has('timestamp-query'));
    else assert.ok(gl.min > 2 * gs.min, `GPU ${gs.min} and ${gl.min}`);
    const failing = (): void => {
      small();
      throw new Error('out of runs');
    };
    await wallTime(device, failing, { seconds: 30 }).then(
      () => assert.unreachable(),
      (error: Error) => assert.is(error.message, 'out of runs'),
    );
  }));

test('a training step: its figures', () =>
  quiet(async (device) => {
    const workload = WORKLOADS.find((w) => w.name === 'lenet5') ?? WORKLOADS[0];
    const row = await measureWorkload(device, workload, 0);
    assert.ok(row.ms !== null && row.ms > 0 && row.firstMs > 0 && row.peakGpuBytes > 1e6 && row.peakRssBytes > 1e7);
    assert.ok(Math.abs((row.imagesPerSecond ?? 0) - 64000 / row.ms) < 1e-6);
    if (row.kernels !== null)
      assert.ok(row.kernels.length > 3 && row.kernels.every((k) => k.milliseconds > 0) && (row.gpuMs ?? 0) > 0);
  }));

test.run();
