import * as assert from 'uvu/assert';
import { adapterLine, listAdapters, selectAdapter, summarizeAdapter } from '../../src/device/adapter.js';
import { Device } from '../../src/device/device.js';
import { AdapterError } from '../../src/device/errors.js';
import { testDevice } from '../support/gpu.js';
import { suite } from '../support/harness.js';
import { fails, runProgram } from './tools.js';

const test = suite('adapter');

test('every adapter is listed once and has a name; none is the null backend', async () => {
  const lines = (await listAdapters()).map((a) => adapterLine(summarizeAdapter(a)));
  assert.ok(lines.length > 0);
  assert.is(new Set(lines).size, lines.length);
  for (const line of lines) assert.match(line, /^\S.* \(.+\)$/);
  assert.not.match(lines.join('\n'), /null backend/i);
});

test('where the host tells no name (Firefox), the line says so, and whether it is a software one', () => {
  const nameless = (isFallbackAdapter: boolean): GPUAdapter => {
    const info = { vendor: '', architecture: '', device: '', description: '', isFallbackAdapter };
    return { info, features: new Set() } as unknown as GPUAdapter;
  };
  assert.is(adapterLine(summarizeAdapter(nameless(false))), 'a GPU that is not named');
  assert.is(adapterLine(summarizeAdapter(nameless(true))), 'a GPU that is not named (software: runs on the CPU)');
});

test('an adapter is chosen by a part of its name, in any case', async () => {
  const { name } = await testDevice();
  for (const wanted of [name, name.toUpperCase(), name.toLowerCase(), name.slice(0, 6), '']) {
    const adapter = await selectAdapter(wanted);
    assert.is(adapterLine(summarizeAdapter(adapter)), name);
  }
});

test('a name that nothing has: the error lists what there is', async () => {
  const { name } = await testDevice();
  const error = await fails(
    () => Device.create({ adapter: 'abacus 3000' }),
    AdapterError,
    /no adapter's name contains "abacus 3000"/,
  );
  assert.is(error.exitCode, 4);
  assert.ok(error.fix?.includes(name), error.fix);
});

test('the summary says software, and subgroups only where they are offered', async () => {
  const { adapter, features, name, limits, maxBindingBytes } = await testDevice();
  assert.is(name.includes('software'), adapter.isSoftware);
  assert.is(adapter.subgroupSize > 0 && !features.has('subgroups'), false);
  assert.is(maxBindingBytes % 256, 0);
  assert.ok(maxBindingBytes <= limits.maxStorageBufferBindingSize);
  assert.ok(limits.maxStorageBufferBindingSize >= 2 ** 27, 'the adapter’s own limits were asked for');
});

const OPEN =
  `import { Device } from 'src/device/device.js'; import { full } from 'src/tensor/tensor.js'; import { binary } ` +
  `from 'src/kernels/elementwise/binary.js';`;

/** Prints the error's name, exit code and text, as the command line would. */
const PRINTED =
  `.catch((e) => { console.log(e.name + ' ' + e.exitCode + ' ' + e.message + ' ' + e.fix); process.exitCode = ` +
  `e.exitCode; })`;

test('WEFT_ADAPTER that matches nothing', async () => {
  const { code, stdout, signal } = await runProgram(`${OPEN} await Device.create()${PRINTED};`, {
    WEFT_ADAPTER: 'abacus',
  });
  assert.match(stdout, /^AdapterError 4 no adapter's name contains "abacus" this machine has: ./);
  assert.equal([code, signal], [4, null]);
});

test('no driver: an adapter error that says so, no crash', async () => {
  const { code, stdout, signal } = await runProgram(`${OPEN} await Device.create()${PRINTED};`, {
    VK_DRIVER_FILES: '/nonexistent',
    VK_ICD_FILENAMES: '/nonexistent',
  });
  assert.match(stdout, /^AdapterError 4 no WebGPU adapter.*\/nonexistent/);
  assert.equal([code, signal], [4, null]);
});

/** A program that ends by itself: exit code 0, soon after its last line. */
function ends(name: string, body: string): void {
  test(`the process ends by itself: ${name}`, async () => {
    const { code, signal, stderr, stdout } = await runProgram(
      `${OPEN} ${body} const end = Date.now(); process.on('exit', () => console.log('after ' + (Date.now() - end)));`,
    );
    assert.equal([code, signal], [0, null], stderr);
    const late = Number(/after (\d+)/.exec(stdout)?.[1]);
    assert.ok(late < 2000, `${late} ms after destroy()`);
  });
}

ends(
  'after work, a read and destroy()',
  `
  const d = await Device.create();
  const x = full(d, [100], 2);
  console.log((await binary('mul', x, x).read())[99]);
  d.destroy();`,
);

ends(
  'destroy() with work in flight',
  `
  const d = await Device.create();
  const x = full(d, [4e6], 2);
  for (let i = 0; i < 50; i++) binary('mul', x, x).storage.release();
  d.flush();
  const pending = x.read().catch((e) => console.log(e.name));
  d.destroy();`,
);

ends(
  'a device destroyed and forgotten while WebGPU owes it answers, with garbage collection',
  `
  import { setFlagsFromString } from 'node:v8';
  import { runInNewContext } from 'node:vm';
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  for (let i = 0; i < 3; i++) {
    await (async () => {
      const d = await Device.create();
      const x = full(d, [1000], 1);
      binary('mul', x, x).read().catch(() => {});
      d.sync().catch(() => {});
      d.destroy();
    })();
    for (let k = 0; k < 20; k++) {
      gc();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }`,
);

ends(
  'two devices, one destroyed by the other’s failure path',
  `
  const [a, b] = [await Device.create(), await Device.create()];
  full(a, [10], 1); full(b, [10], 1);
  a.gpu.destroy();
  await a.sync().catch((e) => console.log(e.name));
  a.destroy(); b.destroy();`,
);

test.run();
