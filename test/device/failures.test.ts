/** What WebGPU reports late: it stops the run, with the kernel's name. */
import * as assert from 'uvu/assert';
import type { Device } from '../../src/device/device.js';
import { GpuError, UsageError } from '../../src/device/errors.js';
import { binary } from '../../src/kernels/elementwise/binary.js';
import { tensor, zeros, type Tensor } from '../../src/tensor/tensor.js';
import { withDevice } from '../support/gpu.js';
import { suite } from '../support/harness.js';
import { fails, inTime, kernelNamed, whole } from './tools.js';

const test = suite('failures');

const unary = kernelNamed('unary');

/** A launch of `unary` (or of a kernel declared like it) whose expression is given. */
function launch(device: Device, expression: string, kernel = unary): Tensor {
  const [x, y] = [tensor(device, [1, 2, 3]), zeros(device, [3])];
  device.dispatch(kernel, {
    buffers: [whole(x.storage), whole(y.storage)],
    params: [1, 0, 0],
    specialise: { 'fn f': expression },
    workgroups: 1,
  });
  return y;
}

/** Some ops that are right, so that the one at fault is not alone in its command buffer. */
function goodWork(device: Device): void {
  const x = tensor(device, [1, 2]);
  binary('add', x, binary('mul', x, x));
}

/** WebGPU reports a moment later, on a busy machine a long one. */
async function reported(device: Device): Promise<void> {
  for (let i = 0; i < 500; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    try {
      device.flush();
    } catch {
      return;
    }
  }
}

const SHADER_ERROR =
  /^kernel unary\|fn f:wrong\(x\) does not compile:\nelementwise\/unary\.wgsl:15:44 error: unresolved call target 'wrong'\n {4}fn f\(x: V, p0: f32, p1: f32\) -> V \{ return wrong\(x\); \}$/;

test('a WGSL error names file, line and the line, at sync', () =>
  withDevice({}, async (device) => {
    goodWork(device);
    launch(device, 'wrong(x)');
    goodWork(device);
    const error = await fails(() => device.sync(), GpuError, SHADER_ERROR);
    assert.is(error.exitCode, 5);
  }));

test('at a read, also when it was flushed long before', () =>
  withDevice({}, async (device) => {
    const y = launch(device, 'wrong(x)');
    device.flush();
    for (let i = 0; i < 600; i++) goodWork(device); // several command buffers
    await fails(() => y.read(), GpuError, SHADER_ERROR);
  }));

test('and at every call from then on, but never as an unhandled rejection', () =>
  withDevice({}, async (device) => {
    const y = launch(device, 'wrong(x)');
    await reported(device);
    await fails(() => device.flush(), GpuError, SHADER_ERROR);
    await fails(() => goodWork(device), GpuError, SHADER_ERROR);
    await fails(() => y.read(), GpuError, SHADER_ERROR);
    await fails(() => device.sync(), GpuError, SHADER_ERROR);
    await fails(() => device.profile(() => {}), GpuError, SHADER_ERROR);
  }));

test('at the end of a profile, in place of times', () =>
  withDevice({}, async (device) => {
    if (device.features.has('timestamp-query'))
      await fails(() => device.profile(() => void launch(device, 'wrong(x)')), GpuError, SHADER_ERROR);
  }));

test('the first of two failures is the one that is reported', () =>
  withDevice({}, async (device) => {
    launch(device, 'wrong(x)');
    launch(device, 'worse(x)');
    await fails(() => device.sync(), GpuError, SHADER_ERROR);
  }));

test('a WGSL error in an included file names that file and its line', () =>
  withDevice({}, async (device) => {
    const y = device.allocate(256);
    device.dispatch(
      {
        name: 'advance_step',
        file: 'optimizer/advance_step.wgsl',
        includes: ['common/grid.wgsl', 'random/advance.wgsl'],
        bindings: ['write'],
      },
      { buffers: [whole(y)], workgroups: 1 },
    );
    await fails(
      () => device.sync(),
      GpuError,
      /^kernel advance_step does not compile:\nrandom\/advance\.wgsl:5:1 error: redeclaration of 'main'\n {4}fn main\(\) \{$/,
    );
  }));

test('an override that the shader does not have', () =>
  withDevice({}, async (device) => {
    const [x, y] = [device.allocate(256), device.allocate(256)];
    device.dispatch(unary, { buffers: [whole(x), whole(y)], params: [1, 0, 0], constants: { NOPE: 1 }, workgroups: 1 });
    await fails(() => device.sync(), GpuError, /^kernel unary\|NOPE=1 does not compile:\n.*NOPE/);
  }));

test('bindings declared otherwise than in the shader', () =>
  withDevice({}, async (device) => {
    launch(device, 'x', { ...unary, bindings: ['read', 'read', 'params'] });
    await fails(() => device.sync(), GpuError, /^kernel unary.* does not compile:\n(.*\n)*.*@binding\(1\)/);
  }));

test('a launch that only WebGPU sees to be wrong is found among its neighbours and named', () =>
  withDevice({}, async (device) => {
    const [x, y] = [device.allocate(256), device.allocate(256)];
    goodWork(device);
    // The shader's params take 112 bytes, these 16: an error at the dispatch, not in the pipeline or the bind group.
    device.dispatch(
      {
        name: 'strided_copy',
        file: 'movement/strided_copy.wgsl',
        includes: ['common/grid.wgsl'],
        bindings: ['read', 'write', 'params'],
      },
      { buffers: [whole(x), whole(y)], params: [1], workgroups: 1 },
    );
    goodWork(device);
    await fails(() => device.sync(), GpuError, /^\[strided_copy\] /);
  }));

test('an error outside every command buffer stops the run too', () =>
  withDevice({}, async (device) => {
    device.gpu.createBuffer({ label: 'nonsense', size: 256, usage: 0xffff });
    await fails(() => device.sync(), GpuError, /nonsense|usage/i);
    await fails(() => device.flush(), GpuError, /nonsense|usage/i);
  }));

test('memory destroyed under a recorded command', () =>
  withDevice({}, async (device) => {
    const x = tensor(device, [1]);
    binary('add', x, x);
    x.storage.buffer.gpu.destroy();
    await fails(() => device.sync(), GpuError, /destroyed(.|\n)*while encoding .*binary/);
  }));

const LOST = /the GPU device was lost/;

test('a lost device is an error at sync, and everywhere after it', () =>
  withDevice({}, async (device) => {
    const x = tensor(device, [1]);
    goodWork(device);
    device.gpu.destroy();
    await inTime(
      fails(() => device.sync(), GpuError, LOST),
      5000,
    );
    await fails(() => goodWork(device), GpuError, LOST);
    await inTime(
      fails(() => x.read(), GpuError, LOST),
      5000,
    );
    await inTime(
      fails(() => device.sync(), GpuError, LOST),
      5000,
    );
  }));

test('a device lost during a read, a sync or a profile', () =>
  withDevice({}, async (device) => {
    const x = tensor(device, [1]);
    const pending = [
      x.read(),
      device.sync(),
      device.profile(() => new Promise((resolve) => setTimeout(resolve, 10))),
    ].map((p) =>
      inTime(
        fails(() => p, GpuError, LOST),
        5000,
      ),
    );
    device.gpu.destroy();
    await Promise.all(pending);
  }));

test('after destroy() every use is a usage error, at once', async () => {
  let device: Device | null = null;
  let x: Tensor | null = null;
  await withDevice({}, async (d) => {
    device = d;
    x = tensor(d, [1]);
    goodWork(d);
  });
  const [d, t] = [device as unknown as Device, x as unknown as Tensor];
  d.destroy(); // a second time does nothing
  const closed = /this device is destroyed/;
  await fails(() => goodWork(d), UsageError, closed);
  await fails(() => t.read(), UsageError, closed);
  await fails(() => d.flush(), UsageError, closed);
  await fails(() => d.sync(), UsageError, closed);
  await fails(() => d.clear(t.storage), UsageError, closed);
  await fails(() => d.allocate(4), UsageError, closed);
  await fails(() => d.step(() => zeros(d, [1])), UsageError, closed);
  await fails(() => d.trim(), UsageError, closed);
  t.storage.release(); // may come late
});

test('destroy() under a pending read or sync ends them', async () => {
  const pending: Promise<unknown>[] = [];
  await withDevice({}, async (device) => {
    const x = tensor(device, [1]);
    pending.push(
      inTime(
        fails(() => x.read(), UsageError, /this device is destroyed/),
        5000,
      ),
    );
    goodWork(device);
    pending.push(
      inTime(
        fails(() => device.sync(), UsageError, /this device is destroyed/),
        5000,
      ),
    );
  });
  await Promise.all(pending);
});

test.run();
