/** The judge's model of banks and sectors, and the addresses that it finds by running a shader as each lane. */
import * as assert from 'uvu/assert';
import { collect, type Pipeline } from '../../bench/verdict/collect.js';
import { bankCost, sectorCost, type Addresses } from '../../bench/verdict/memory_model.js';
import { traceKernel, type Trace } from '../../bench/verdict/trace.js';
import { Lane } from '../../bench/verdict/wgsl/lane.js';
import { parseProgram } from '../../bench/verdict/wgsl/parse.js';
import { kernels, defineKernel } from '../../src/device/kernel.js';
import { shapesOnlyDevice } from '../../src/device/shapes_only.js';
import { shaderSource } from '../../src/device/wgsl.js';
import { conv2d } from '../../src/kernels/conv2d/conv2d.js';
import { matmul } from '../../src/kernels/matmul/matmul.js';
import { empty, zeros, type Tensor } from '../../src/tensor/tensor.js';
import '../../src/index.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('verdict memory');

const lanes = (count: number, address: (lane: number) => number | null): Addresses =>
  Array.from({ length: count }, (_, lane) => address(lane));
const banks = (address: (lane: number) => number | null, bytes: number, count = 32): [number, number] => {
  const { turns, ideal } = bankCost(lanes(count, address), bytes);
  return [turns, ideal];
};

test('banks: neighbours, broadcasts, strides', () => {
  assert.equal(
    banks((l) => 4 * l, 4),
    [1, 1],
    'a word each, side by side',
  );
  assert.equal(
    banks(() => 64, 4),
    [1, 1],
    'the same word for all',
  );
  assert.equal(
    banks((l) => 8 * l, 4),
    [2, 1],
    'every second word',
  );
  assert.equal(
    banks((l) => 128 * l, 4),
    [32, 1],
    'all in one bank',
  );
  assert.equal(
    banks((l) => 132 * l, 4),
    [1, 1],
    'a row of 33 words',
  );
  assert.equal(
    banks((l) => (l < 16 ? 0 : 128), 4),
    [2, 1],
    'two words of one bank',
  );
  assert.equal(
    banks((l) => 4 * l, 4, 64),
    [2, 2],
    'a subgroup of 64 takes two phases',
  );
  assert.equal(
    banks((l) => (l === 3 ? 12 : null), 4),
    [1, 1],
    'lanes that take no part',
  );
});

test('banks: accesses of 8 and 16 bytes go in phases of 16 and 8 lanes', () => {
  assert.equal(
    banks((l) => 8 * l, 8),
    [2, 2],
  );
  assert.equal(
    banks((l) => 16 * l, 16),
    [4, 4],
  );
  assert.equal(
    banks(() => 0, 16),
    [4, 4],
    'a broadcast of a vec4 in each phase',
  );
  assert.equal(
    banks((l) => 64 * l, 16),
    [16, 4],
    'every fourth vec4: four-way',
  );
  assert.equal(
    banks((l) => 32 * l, 16),
    [8, 4],
    'every second: two-way',
  );
  assert.equal(
    banks((l) => 16 * 17 * l, 16),
    [4, 4],
    'a row of 17 vec4s',
  );
});

test('sectors of 32 bytes: neighbours, strides, one word for all, a run that starts inside of one', () => {
  const sectors = (address: (lane: number) => number, bytes: number): [number, number] => {
    const { touched, needed } = sectorCost(lanes(32, address), bytes);
    return [touched, needed];
  };
  assert.equal(
    sectors((l) => 4 * l, 4),
    [4, 4],
  );
  assert.equal(
    sectors((l) => 16 * l, 16),
    [16, 16],
  );
  assert.equal(
    sectors((l) => 32 * l, 4),
    [32, 4],
  );
  assert.equal(
    sectors((l) => 4096 * l, 16),
    [32, 16],
  );
  assert.equal(
    sectors(() => 8, 4),
    [1, 1],
  );
  assert.equal(
    sectors((l) => 16 + 4 * l, 4),
    [5, 4],
  );
});

/** The trace of the one pipeline whose name matches. */
function traced(body: (make: (shape: readonly number[]) => Tensor) => void, name: RegExp): Trace & { key: string } {
  const device = shapesOnlyDevice();
  const { pipelines, dispatches } = collect(device, () => device.step(() => body((shape) => zeros(device, shape))));
  const [key, pipeline] = [...pipelines].find(([k]) => name.test(k)) as [string, Pipeline];
  const trace = traceKernel(pipeline, (dispatches.get(key) ?? [])[0], 64);
  if (typeof trace === 'string') throw new Error(trace);
  return { ...trace, key };
}

test('matmul_workgroup reads its tiles without conflicts, and its operands in whole sectors', () => {
  const { sites, bankConflict, key } = traced((make) => {
    matmul(make([256, 256]), make([256, 256]));
  }, /^matmul_workgroup/);
  assert.match(key, /TILE_K=16u/);
  assert.is(bankConflict, 1);
  const reads = sites.filter((s) => !s.isWrite && s.space === 'storage');
  assert.ok(reads.length >= 2 && reads.every((s) => s.factor === 1), JSON.stringify(reads));
  assert.ok(sites.some((s) => s.variable === 'tile_a' && s.isWrite && s.bytes === 16));
});

test('a transposed operand without fours is read across memory, and is seen to be', () => {
  const { sites } = traced((make) => {
    matmul(make([255, 63]), make([255, 64]), { transposeA: true });
  }, /^matmul_workgroup/);
  const worst = Math.max(...sites.filter((s) => s.space === 'storage' && !s.isWrite).map((s) => s.factor ?? 0));
  assert.ok(worst > 1.5, `${worst}`);
});

test('conv2d_workgroup: its tiles are traced as its shader says, in the innermost loop, without conflicts', () => {
  const { sites } = traced((make) => {
    conv2d(make([8, 64, 28, 28]), make([64, 64, 3, 3]), null, { padding: 1 });
  }, /^conv2d_workgroup/);
  const code = shaderSource('conv2d/workgroup.wgsl', [], {});
  for (const { text, space } of sites.filter((s) => s.space === 'workgroup'))
    assert.ok(code.includes(text), `${space} ${text}`);
  const tile = sites.filter((s) => s.space === 'workgroup' && !s.isWrite && s.variable.startsWith('x'));
  assert.ok(tile.length > 0 && tile.every((s) => s.bytes === 16 && s.depth >= 3 && s.factor === 1));
});

test('the shaders of all kernels are read', () => {
  assert.ok(kernels().length > 100, `${kernels().length} kernels`);
  for (const { name, file, includes = [] } of kernels()) {
    const program = parseProgram(shaderSource(file, includes, {}));
    assert.ok(program.functions.has('main') && program.variables.size > 0, name);
  }
});

const PLACES = `
struct Params { n: u32, pad: i32, sizes: array<vec4u, 2> }
struct Place { at: vec4u, inside: vec4<bool> }
@group(0) @binding(0) var<storage, read_write> out: array<u32>;
@group(0) @binding(1) var<uniform> params: Params;
override STEP: u32 = 3;
const COLUMNS = 4u;
alias V = vec4f;

fn place_of(first: u32) -> Place {
  let number = vec4u(first) + vec4u(0, 1, 2, 3);
  let q = vec4u(vec4f(number) * (1.0 / f32(COLUMNS)));
  let r = vec4i(number - q * COLUMNS) - params.pad;
  return Place(q * 8 + vec4u(r + params.pad), r < vec4i(2));
}

fn twice(x: u32) -> u32 { return x << 1u; }

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  let place = place_of(lane);
  var rest = lane;
  var at = 0u;
  for (var d = 2u; d > 0; d--) {
    let size = params.sizes[(d - 1) / 4][(d - 1) % 4];
    let above = rest / size;
    at += (rest - above * size) * twice(d);
    rest = above;
  }
  var parts: array<vec2u, 2>;
  parts[1].y = lane ^ 5u;
  if (lane % 2 == 0 && place.inside.x) {
    at += select(0u, STEP, place.inside.y);
  } else if (lane > params.n) {
    at = at | 64u;
  } else {
    at += u32(i32(lane) - 8 * 4) % 7 + (~lane & 3u);
  }
  let clamped = min(vec4u(parts[1].yx, place.at.zw), vec4u(255u));
  out[at * 4 + (clamped.w & 1u)] = 1u;
  for (var i = 0u; i < 2; i++) {
    if (i == 1 && lane < 3) {
      continue;
    }
    out[4096 + clamped[i] + i * 512] = 1u;
  }
}`;

test('the places that a lane is said to write to are those that a GPU writes to', async () => {
  const device = await testDevice();
  const kernel = defineKernel({ name: 'verdict_places', wgsl: PLACES, bindings: ['write', 'params'] });
  const words = [40, 1, 0, 0, 5, 7, 1, 1, 1, 1, 1, 1];
  const out = empty(device, [8192], 'u32');
  device.clear(out.storage, out.byteOffset, out.byteLength);
  device.dispatch(kernel, { buffers: [out.range], params: words, constants: { STEP: 9 }, workgroups: 1 });
  const written = [...((await out.read()) as Uint32Array)].flatMap((v, i) => (v === 1 ? [4 * i] : []));
  const said = new Set<number | null>();
  const lane = new Lane(parseProgram(PLACES), { STEP: 9 }, words, ({ offset }) => said.add(offset));
  assert.is(lane.threads, 64);
  for (let i = 0; i < 64; i++) lane.run({ lane: i, workgroup: [0, 0, 0], grid: [1, 1, 1], subgroup: 64 });
  assert.ok(written.length > 60, `${written.length} places`);
  assert.equal(
    [...said].sort((a, b) => Number(a) - Number(b)),
    written,
  );
});

test('matrices of subgroups are read over: their places are of no one lane', () => {
  const code = `
enable chromium_experimental_subgroup_matrix;
enable f16;
@group(0) @binding(0) var<storage, read> a: array<f16>;
@group(0) @binding(1) var<storage, read_write> c: array<f32>;
var<workgroup> tile: array<f16, 256>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  for (var i = lane; i < 256; i += 64) {
    tile[i] = a[i];
  }
  workgroupBarrier();
  let left = subgroupMatrixLoad<subgroup_matrix_left<f16, 16, 16>>(&tile, 0, false, 16);
  var sum: subgroup_matrix_result<f32, 16, 16>;
  sum = subgroupMatrixMultiplyAccumulate(left, left, sum);
  subgroupMatrixStore(&c, 0, sum, false, 16);
}`;
  const kernel = { name: 'matrices', file: '', bindings: [] };
  const trace = traceKernel({ key: '', kernel, code, constants: {} }, ONE, 64);
  if (typeof trace === 'string') throw new Error(trace);
  assert.equal(
    trace.sites.map((s) => [s.variable, s.factor]),
    [
      ['a', 1],
      ['tile', 1],
    ],
  );
});

const ONE = { workgroups: 1, bytes: 0, words: [], count: 1 };

test('what depends on memory is not known, and said not to be', () => {
  const code = `
@group(0) @binding(0) var<storage, read> index: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  out[index[lane]] = 1.0;
}`;
  const kernel = { name: 'scatter', file: '', bindings: [] };
  const trace = traceKernel({ key: 'scatter', kernel, code, constants: {} }, ONE, 64);
  if (typeof trace === 'string') throw new Error(trace);
  assert.equal(
    trace.sites.map((s) => [s.variable, s.factor]),
    [
      ['index', 1],
      ['out', null],
    ],
  );
  const strange = { key: '', kernel, code: 'fn main() { a <=> b; }', constants: {} };
  assert.type(traceKernel(strange, ONE, 64), 'string');
});

test.run();
