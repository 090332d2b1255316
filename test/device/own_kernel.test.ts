/** Kernels whose WGSL comes as text. Each on a device of its own: a shader that does not compile ends its device. */
import * as assert from 'uvu/assert';
import { GpuError, UsageError } from '../../src/device/errors.js';
import { defineKernel, floatBits } from '../../src/device/kernel.js';
import { dispatch } from '../../src/kernels/launch/dispatch.js';
import { empty, tensor } from '../../src/tensor/tensor.js';
import { suite } from '../support/harness.js';
import { withDevice } from '../support/gpu.js';
import { fails } from './tools.js';

const test = suite('own kernels');

const scale = defineKernel({
  name: 'test scale',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'write', 'params'],
  wgsl: `
override OFFSET = 0.0;
const FACTOR = 1.0;
struct Params { by: f32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;
@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let i = linear_workgroup(group, grid);
  if (i < arrayLength(&x)) { y[i] = x[i] * params.by * FACTOR + OFFSET; }
}`,
});

test('text with includes, params, constants and specialised declarations; more than 65,535 workgroups', () =>
  withDevice({}, async (device) => {
    const x = tensor(device, [1, 2, 3]);
    const y = empty(device, [3]);
    const launch = { tensors: [x, y], params: [floatBits(2.5)], workgroups: 3 };
    dispatch(scale, launch);
    assert.equal([...(await y.read())], [2.5, 5, 7.5]);
    dispatch(scale, { ...launch, constants: { OFFSET: 1 }, specialise: { FACTOR: '2.0' } });
    assert.equal([...(await y.read())], [6, 11, 16]);
    const many = tensor(
      device,
      Float32Array.from({ length: 70000 }, (_, i) => i),
    );
    const result = empty(device, [70000]);
    dispatch(scale, { tensors: [many, result], params: [floatBits(1)], workgroups: 70000 });
    assert.is((await result.read())[69999], 69999);
    await fails(() => dispatch(scale, { ...launch, tensors: [] }), UsageError, /\[test scale\] is given no tensor/);
    await fails(() => dispatch(scale, { ...launch, tensors: [x] }), UsageError, /binds 2 buffers, got 1/);
  }));

test('what does not compile is told with name, line and text; a name is taken once', () =>
  withDevice({}, async (device) => {
    const wgsl = '@compute @workgroup_size(1)\nfn main() { let x = nothing; }';
    const broken = defineKernel({ name: 'test broken', bindings: ['write'], wgsl });
    dispatch(broken, { tensors: [empty(device, [1])], workgroups: 1 });
    const error = await fails(() => device.sync(), GpuError, /kernel test broken does not compile/);
    assert.match(error.message, /test broken\.wgsl:2:\d+ error: .*\n +fn main\(\) \{ let x = nothing; \}/);
    await fails(() => defineKernel({ name: 'test broken', bindings: [], wgsl }), UsageError, /declared twice/);
  }));

test.run();
