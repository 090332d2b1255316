/**
 * Every file in shaders/ compiles as it stands, without errors and warnings and within WebGPU's default limits, and its
 * bindings are what its kernel declares in TypeScript.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { selectAdapter } from '../../src/device/adapter.js';
import { kernels, type BindingKind, type Kernel } from '../../src/device/kernel.js';
import { compilationMessages, shaderSource } from '../../src/device/wgsl.js';
import { skipped, suite } from '../support/harness.js';

const test = suite('shaders');

// Kernels are declared when their module is loaded: src/kernels, and whatever else declares some of its own.
await import('../../bench/roofs.js');
await import('../../src/device/device.js');
await import('../../src/autograd/ops/index.js');
const launchers = new URL('../../src/kernels/', import.meta.url);
for (const file of readdirSync(launchers)) if (file.endsWith('.js')) await import(new URL(file, launchers).href);

const SHADERS = fileURLToPath(new URL('../../../shaders/', import.meta.url));
const text = (name: string): string => readFileSync(`${SHADERS}${name}`, 'utf8');
const files = (readdirSync(SHADERS, { recursive: true }) as string[])
  .map((f) => f.replaceAll('\\', '/'))
  .filter((f) => f.endsWith('.wgsl'));
const common = files.filter((f) => f.startsWith('common/'));
const own = files.filter((f) => !f.startsWith('common/'));

test('every file belongs to a kernel, and every kernel has its file', () => {
  assert.equal(
    kernels()
      .map((k) => `${k.name}.wgsl`)
      .sort(),
    [...own].sort(),
  );
  const included = new Set(kernels().flatMap((k) => k.includes ?? []));
  assert.equal([...included].sort(), [...common].sort());
});

test('every file opens with a comment, ends with a newline, and has no holes to fill in', () => {
  for (const file of files) {
    const lines = text(file)
      .split('\n')
      .filter((line) => !/^enable |^$/.test(line)); // `enable` must come before all else but comments
    assert.match(lines[0], /^\/\/ \S/, file);
    assert.match(text(file), /\S\n$/, file);
    assert.not.match(text(file), /\{\{|\$\{/, file);
  }
});

const KINDS: Record<string, BindingKind> = {
  'storage, read': 'read',
  'storage, read_write': 'write',
  uniform: 'params',
};

test('bindings in WGSL are those declared in TypeScript: kind, order, number', () => {
  for (const kernel of kernels()) {
    const lines = text(`${kernel.name}.wgsl`)
      .split('\n')
      .filter((line) => /@group|@binding/.test(line));
    const found = lines.map((line, i) => {
      const [, binding, space] = /^@group\(0\) @binding\((\d+)\) var<([^>]*)> \w+: /.exec(line) ?? [];
      assert.is(Number(binding), i, `${kernel.name}: ${line}`);
      return KINDS[space];
    });
    assert.equal(found, [...kernel.bindings], kernel.name);
  }
});

test('files in common/ declare no bindings and no entry points', () => {
  for (const file of common) assert.not.match(text(file), /@group|@compute/, file);
});

const adapter = await selectAdapter();
const hasSubgroups = adapter.features.has('subgroups');

/** A device with WebGPU's default limits, whatever the adapter's are. */
let device: GPUDevice;
test.before(async () => {
  const fresh = await selectAdapter(); // an adapter gives one device only
  device = await fresh.requestDevice({ requiredFeatures: hasSubgroups ? ['subgroups' as GPUFeatureName] : [] });
});
test.after(() => device.destroy());

async function compile(kernel: Kernel): Promise<string> {
  const sources = [`${kernel.name}.wgsl`, ...(kernel.includes ?? [])];
  const code = shaderSource(sources[0], sources.slice(1), {});
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ code });
  const types = { read: 'read-only-storage', write: 'storage', params: 'uniform' } as const;
  const entries = kernel.bindings.map((kind, binding) => ({ binding, visibility: 4, buffer: { type: types[kind] } }));
  const layout = device.createPipelineLayout({ bindGroupLayouts: [device.createBindGroupLayout({ entries })] });
  device.createComputePipeline({ layout, compute: { module, entryPoint: 'main' } });
  const [error, info] = await Promise.all([device.popErrorScope(), module.getCompilationInfo()]);
  return compilationMessages(sources, code, info.messages, ['error', 'warning']) || (error?.message ?? '');
}

for (const kernel of kernels()) {
  const name = `${kernel.name}.wgsl compiles with its default constants`;
  if (!hasSubgroups && /^enable subgroups;/m.test(text(`${kernel.name}.wgsl`)))
    skipped.push(`shaders: ${name} (the adapter has no subgroups)`);
  else test(name, async () => assert.is(await compile(kernel), ''));
}

test.run();
