/** What the judge makes of machine code, launches and records; verdict_driver.test.ts has the compiler itself. */
import * as assert from 'uvu/assert';
import {
  bytesMoved,
  hotLoop,
  ldsBytesPerProduct,
  multiplyAddShare,
  wholeShader,
} from '../../bench/verdict/assembly.js';
import { CARDS, peakTflops, type Card } from '../../bench/verdict/cards.js';
import { collect, collectSubject } from '../../bench/verdict/collect.js';
import { parseLog, verdictOf } from '../../bench/verdict/compile.js';
import { estimateLaunch, LAUNCH_MS, residentWorkgroups } from '../../bench/verdict/estimate.js';
import { flopsOf, uniformReader } from '../../bench/verdict/flops.js';
import { packageFor } from '../../bench/verdict/native.js';
import { parseOptions, RECORDED } from '../../bench/verdict/options.js';
import { compareWithRecord, recordOf } from '../../bench/verdict/record.js';
import { kernelTable } from '../../bench/verdict/report.js';
import type { FamilyRows, KernelRow, LaunchRow } from '../../bench/verdict/rows.js';
import { UsageError } from '../../src/device/errors.js';
import { shapesOnlyDevice } from '../../src/device/shapes_only.js';
import { conv2dTrials } from '../../src/kernels/conv2d/trial.js';
import { matmul } from '../../src/kernels/matmul/matmul.js';
import { conv2d, conv2dBackwardInput, conv2dBackwardWeight, conv2dGeometry } from '../../src/kernels/conv2d/conv2d.js';
import { zeros } from '../../src/tensor/tensor.js';
import { suite } from '../support/harness.js';

const test = suite('verdict');

/** As RADV prints it: a loop over tiles, in it one that brings them and one of 16 turns that multiplies. */
const CODE = `
BB0:
	s_mov_b32 s6, 0                         ; be860080
BB1:
	v_add_nc_u32_e32 v1, v2, v3             ; 4a040005
BB2:
	buffer_load_b128 v[0:3], v9, s[0:3], 0 offen ; e8
	ds_store_b128 v8, v[0:3]                ; d9
	v_mul_lo_u32 v2, s18, v2                ; d7
	s_cbranch_scc1 BB2                      ; bf
	s_mov_b32 s0, 0                         ; be800080
BB3:
	s_add_u32 s0, s0, 1                     ; 80008100
	s_cmp_ge_u32 s0, 16                     ; bf099000
	ds_load_b128 v[4:7], v8                 ; d9
	ds_load_2addr_b32 v[4:5], v8 offset1:1  ; d9
	v_fmac_f32_e32 v10, v4, v5              ; 56
	v_fma_f32 v11, v4, v5, v11              ; d6
	v_dual_fmac_f32 v12, v4, v5 :: v_dual_fmac_f32 v13, v4, v6 ; c8
	v_mov_b32_e32 v14, v15                  ; 7e
	v_mad_u32_u24 v14, v15, v16, v17        ; d6
	s_cbranch_scc0 BB3                      ; bfa1ffcd
	s_branch BB1                            ; bfa0fe9c
BB9:
	v_fmac_f32_e32 v10, v4, v5
	buffer_store_b32 v1, v2, s[0:3], 0
`;

test('the hot loop, and the loop around it with all turns of the hot one', () => {
  const hot = hotLoop(CODE, 64);
  if (hot === null || hot.nest === null) throw new Error('no loop');
  assert.equal(
    [hot.multiplyAdds, hot.otherVector, hot.products, hot.ldsLoads, hot.ldsLoadBytes, hot.memoryLoads],
    [3, 2, 4, 2, 24, 0],
  );
  assert.is(multiplyAddShare(hot), 0.6);
  assert.is(ldsBytesPerProduct(hot), 6);
  const { nest } = hot;
  assert.equal(
    [nest.multiplyAdds, nest.otherVector, nest.products, nest.ldsStores, nest.memoryLoads, nest.memoryLoadBytes],
    [48, 34, 64, 1, 1, 16],
  );
  assert.is(hotLoop('v_fmac_f32_e32 v1, v2, v3\n', 64), null);
  assert.is(hotLoop('', 64), null);
  assert.is(wholeShader(CODE, 64).multiplyAdds, 4);
});

test('a loop whose turns are not in the code has no nest around it', () => {
  const hot = hotLoop(CODE.replace('s_cmp_ge_u32 s0, 16', 's_cmp_ge_u32 s0, s4'), 64);
  assert.is(hot?.nest, null);
  assert.is(hotLoop(CODE.replace('s_cmp_ge_u32 s0, 16', 's_cmp_ge_u32 s0, 0x20'), 64)?.nest?.products, 128);
});

test('matrices: the products of an instruction are divided among the lanes', () => {
  const hot = hotLoop('BB1:\n v_wmma_f32_16x16x16_f16 v[0:7], v[8:15], v[16:23], v[0:7]\n s_cbranch_scc0 BB1\n', 64);
  assert.equal([hot?.matrix, hot?.products], [true, 64]);
});

test('bytes that an instruction moves, by the names of RDNA 2 and of RDNA 3', () => {
  const ops = {
    ds_load_b128: 16,
    ds_read_b128: 16,
    ds_read2_b32: 8,
    ds_read2st64_b64: 16,
    ds_load_2addr_b64: 16,
    ds_load_u16: 2,
    buffer_load_dwordx4: 16,
    buffer_load_dword: 4,
    buffer_load_b96: 12,
    buffer_load_ushort: 2,
    global_load_u8: 1,
    buffer_load_d16_b16: 2,
  };
  for (const [op, bytes] of Object.entries(ops)) assert.is(bytesMoved(op), bytes, op);
});

test("the driver's log", () => {
  const log = `@pipeline 0 12.500 8 8 1
@stat 64 Subgroup size
@stat 96 VGPRs
@stat 1 Spilled SGPRs
@stat 2 Spilled VGPRs
@stat 18 Subgroups per SIMD
@stat 8192 LDS size
@code ${CODE.length}
${CODE}
@end
@pipeline -3 1.000 64 1 1
@end
`;
  const [first, second] = parseLog(log);
  assert.is(second.result, -3);
  assert.is(first.assembly, CODE);
  const v = verdictOf(first);
  assert.equal([v.ms, v.threads, v.vgprs, v.spills, v.lds, v.waves], [12.5, 64, 96, 3, 8192, 9]);
  assert.is(v.hot?.products, 4);
});

test('operations of launches are those that the trials count', () => {
  const device = shapesOnlyDevice();
  const total = (body: () => void): number => {
    const { pipelines, dispatches } = collect(device, () => device.step(body));
    return [...pipelines.values()].reduce((sum, { key, kernel, code }) => {
      const read = uniformReader(code);
      const sizes = dispatches.get(key) ?? [];
      return sum + sizes.reduce((n, { words, count }) => n + count * (flopsOf(kernel.name, read(words)) ?? 0), 0);
    }, 0);
  };
  const [a, b] = [zeros(device, [3, 70, 30]), zeros(device, [3, 30, 50])];
  assert.is(
    total(() => void matmul(a, b)),
    2 * 3 * 70 * 30 * 50,
  );
  const options = { padding: 1 };
  const [x, w, dy] = [zeros(device, [2, 8, 14, 14]), zeros(device, [16, 8, 3, 3]), zeros(device, [2, 16, 14, 14])];
  const g = conv2dGeometry(x.shape, w.shape, options);
  const { flops } = conv2dTrials.trial(g);
  assert.is(flops, 2 * 2 * 16 * 14 * 14 * 8 * 9);
  assert.is(
    total(() => void conv2d(x, w, null, options)),
    flops,
  );
  assert.is(
    total(() => void conv2dBackwardInput(dy, w, g)),
    flops,
  );
  assert.is(
    total(() => void conv2dBackwardWeight(x, dy, g)),
    flops,
  );
});

test('a step is collected without anything being compiled: launches, sizes, bytes once for each range', () => {
  const device = shapesOnlyDevice();
  const subject = { name: 'cnn', mode: 'train', batch: 32, precision: 'f32' } as const;
  const { pipelines, dispatches } = collectSubject(device, subject);
  const launches = [...dispatches.values()].flat();
  const count = launches.reduce((n, d) => n + d.count, 0);
  assert.ok(count >= 20 && count <= 31, `${count} launches`);
  assert.is(pipelines.size, dispatches.size);
  assert.ok([...pipelines.keys()].some((k) => k.startsWith('conv2d_workgroup ')));
  const adam = [...dispatches].find(([key]) => key.startsWith('adam'));
  const parameters = (adam?.[1][0].bytes ?? 0) / 16; // weight, gradient and two moments
  assert.ok(Math.abs(parameters - 421642) < 1000, `${parameters} parameters`);
});

const H100 = CARDS.find((c) => c.name === 'H100 SXM') as Card;

const HOT = hotLoop(CODE, 64);
const ROW: KernelRow = {
  key: 'k A=1',
  kernel: 'k',
  failure: null,
  compileMs: 5,
  threads: 128,
  subgroup: 64,
  vgprs: 64,
  spills: 0,
  scratch: 0,
  lds: 8192,
  waves: 8,
  instructions: 1000,
  hot: HOT,
  whole: null,
  bankConflict: 1,
  coalescing: 1,
  fetched: 1,
  sites: [],
};
const LAUNCH: LaunchRow = { key: 'k A=1', workgroups: 132 * 64, bytes: 1e6, flops: 2e12, intensity: 2e6, count: 1 };

test('the estimate: nothing is faster than the peak, and fewer workgroups, conflicts and bytes cost', () => {
  assert.ok(Math.abs(peakTflops(H100) - 66.9) < 0.1);
  assert.is(residentWorkgroups(H100, ROW), 8);
  const whole = estimateLaunch(H100, ROW, LAUNCH);
  assert.ok(whole.ms > 2e12 / (peakTflops(H100) * 1e9), `${whole.ms} ms`);
  assert.equal([whole.balance, whole.hiding, whole.bound], [1, 1, 'shared memory']);
  const few = estimateLaunch(H100, ROW, { ...LAUNCH, workgroups: 8 });
  assert.ok(few.ms > 15 * whole.ms && few.hiding < 1 && few.balance < 0.1, JSON.stringify(few));
  const conflicting = estimateLaunch(H100, { ...ROW, bankConflict: 4 }, LAUNCH);
  assert.ok(conflicting.ms > 3.9 * whole.ms);
  const moving = estimateLaunch(H100, ROW, { ...LAUNCH, flops: null, intensity: null, bytes: 3.35e9 });
  assert.is(moving.bound, 'memory');
  assert.ok(Math.abs(moving.ms - 1 - LAUNCH_MS) < 0.01, `${moving.ms} ms`);
  assert.is(estimateLaunch(H100, ROW, { ...LAUNCH, flops: 2, bytes: 16 }).bound, 'launch');
});

const FAMILY: FamilyRows = { family: 'navi31', adapter: 'radv: Mesa 1', kernels: [ROW], steps: [] };

test('the record: what gets worse is named, what gets better is not', () => {
  const record = recordOf([FAMILY]);
  const faults = (change: Partial<KernelRow>, adapter = FAMILY.adapter): readonly string[] =>
    compareWithRecord([{ ...FAMILY, adapter, kernels: [{ ...ROW, ...change }] }], record).faults;
  assert.equal(faults({}), []);
  assert.equal(faults({ waves: 16, instructions: 10, coalescing: 0.5 }), []);
  assert.equal(faults({ compileMs: 5000 }), [], 'times are not compared');
  const worse: Partial<KernelRow>[] = [
    { failure: 'no such function' },
    { spills: 3 },
    { scratch: 16 },
    { waves: 4 },
    { instructions: 2000 },
    { bankConflict: 2 },
    { coalescing: 1.5 },
    { hot: HOT === null ? null : { ...HOT, otherVector: 9 } },
    { hot: HOT === null ? null : { ...HOT, ldsLoadBytes: 48 } },
    { hot: HOT === null ? null : { ...HOT, nest: null } },
    { hot: null },
  ];
  for (const change of worse) {
    const found = faults(change);
    assert.ok(found.length > 0 && found.every((f) => f.startsWith('k A=1 (navi31) ')), JSON.stringify(change));
  }
  assert.equal(faults({ waves: 4 }, 'radv: Mesa 2'), [], 'another compiler’s figures are not compared');
  assert.is(faults({ spills: 3 }, 'radv: Mesa 2').length, 1, 'but spilling is spilling');
  const { notes } = compareWithRecord([{ ...FAMILY, kernels: [{ ...ROW, key: 'new' }] }], record);
  assert.equal(notes, ['new (navi31) is not in the record', 'k A=1 (navi31) is recorded and no more']);
});

test('the table has a row for each kernel of a step, failures too', () => {
  const step = { subject: RECORDED[0], dispatches: 2, launches: [LAUNCH, { ...LAUNCH, key: 'broken' }] };
  const kernels = [ROW, { ...ROW, key: 'broken', failure: 'does not compile' }];
  const { headers, rows } = kernelTable({ ...FAMILY, kernels }, step, H100);
  assert.is(rows.length, 2);
  assert.is(rows[0][headers.indexOf('fma %')], '60');
  assert.is(rows[0][headers.indexOf('workgroups')], '8448');
  assert.ok(rows[1].includes('does not compile'));
});

test('options: what is asked for, and what is refused', () => {
  const options = parseOptions(['--models', 'cnn, vit', '--batch=8', '--gpu', 'navi21', '--json']);
  assert.equal(
    options?.subjects.map((s) => `${s.name} ${s.batch} ${s.mode}`),
    ['cnn 8 train', 'vit 8 train'],
  );
  assert.equal(
    options?.cards.map((c) => c.name),
    ['RX 6900 XT'],
  );
  assert.is(options?.json, '-');
  assert.equal(parseOptions(['--check'])?.subjects, RECORDED);
  assert.is(parseOptions(['--help']), null);
  const refused = [
    ['--models', 'cnm'],
    ['--batch', '0'],
    ['--mode', 'test'],
    ['--filter', '('],
    ['--cards', 'Voodoo'],
    ['--check', '--record'],
    ['--check', '--models', 'cnn'],
    ['--shapes', '8x8x8'],
    ['--members', 'matmul', '--models', 'cnn'],
    ['--nothing'],
    ['stray'],
  ];
  for (const argv of refused)
    assert.throws(
      () => parseOptions(argv),
      (e: unknown) => e instanceof UsageError && e.fix !== undefined,
    );
});

test('a package for what gcc says', () => {
  assert.is(packageFor('fatal error: vulkan/vulkan.h: No such file or directory'), 'libvulkan-dev');
  assert.is(packageFor('fatal error: stdio.h: No such file or directory'), 'libc6-dev');
  assert.is(packageFor('something else'), null);
});

test.run();
