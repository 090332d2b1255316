/**
 * Every file in shaders/ compiles as it stands, without errors and warnings and within WebGPU's default limits, and its
 * bindings are what its kernel declares in TypeScript.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { selectAdapter } from '../../src/device/adapter.js';
import { bindGroupLayout, type BindingKind, type Kernel } from '../../src/device/kernel.js';
import { compilationMessages } from '../../src/device/wgsl.js';
import { ALL_KERNELS, FEATURES_OF_KERNELS, featuresOf, MOST_BUFFERS, sourceOf } from '../support/all_kernels.js';
import { skipped, suite } from '../support/harness.js';

const test = suite('shaders');

const SHADERS = fileURLToPath(new URL('../../../shaders/', import.meta.url));
const text = (name: string): string => readFileSync(`${SHADERS}${name}`, 'utf8');
const files = (readdirSync(SHADERS, { recursive: true }) as string[])
  .map((f) => f.replaceAll('\\', '/'))
  .filter((f) => f.endsWith('.wgsl'));
/** The members for matrix units are declared for each of the entry points; the first is the one that units run. */
const isVariant = ({ name }: Kernel): boolean => /_matrix_(sized|emulated)$/.test(name);
const own = ALL_KERNELS.filter((k) => !isVariant(k)).map((k) => k.file);
const included = new Set(ALL_KERNELS.flatMap((k) => k.includes ?? []));

test('every file is a kernel’s own or is included by one, and every kernel has a file to itself', () => {
  assert.equal([...own, ...included].sort(), [...files].sort());
});

test('what lies in common/ is included by kernels of more than one folder, what lies elsewhere by those of its own', () => {
  const folder = (file: string): string => file.split('/')[0];
  for (const file of included) {
    const users = new Set(ALL_KERNELS.filter((k) => k.includes?.includes(file)).map((k) => folder(k.file)));
    if (folder(file) === 'common') assert.ok(users.size > 1, `${file}: only ${[...users].join()}`);
    else assert.equal([...users], [folder(file)], file);
  }
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

/** Declarations without a value in the body of a loop, as `file:line text`. */
function unsetInLoops(file: string, wgsl: string): string[] {
  const found: string[] = [];
  const isLoop: boolean[] = []; // of each open brace
  for (const [i, line] of wgsl.split('\n').entries()) {
    const code = line.replace(/\/\/.*/, '');
    if (isLoop.includes(true) && /^\s*var \w+: [^=;]*;/.test(code)) found.push(`${file}:${i + 1} ${code.trim()}`);
    for (const c of code) {
      if (c === '{') isLoop.push(false);
      else if (c === '}') isLoop.pop();
    }
    if (/\b(for|while|loop)\b.*\{\s*$/.test(code)) isLoop[isLoop.length - 1] = true;
  }
  return found;
}

test('what a loop declares has a value: without one, a driver kept that of the last turn', () => {
  assert.equal(
    unsetInLoops('a', 'fn f() {\n  var a: u32;\n  for (;;) {\n    if (b) {\n      var c: u32;\n    }\n  }\n}'),
    ['a:5 var c: u32;'],
  );
  assert.equal(
    files.flatMap((file) => unsetInLoops(file, text(file))),
    [],
  );
});

test('bindings in WGSL are those declared in TypeScript: kind, order, number', () => {
  for (const kernel of ALL_KERNELS) {
    const lines = text(kernel.file)
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

test('files that are included declare no bindings, and but for those named so no entry points', () => {
  for (const file of included)
    assert.not.match(text(file), /_entry\w*\.wgsl$/.test(file) ? /@group/ : /@group|@compute/, file);
});

const adapter = await selectAdapter();

const offered = FEATURES_OF_KERNELS.filter((feature) => adapter.features.has(feature)) as GPUFeatureName[];

/** A device with WebGPU's default limits, whatever the adapter's are, but for the number of storage buffers. */
let device: GPUDevice;
test.before(async () => {
  const fresh = await selectAdapter(); // an adapter gives one device only
  device = await fresh.requestDevice({
    requiredFeatures: offered,
    requiredLimits: {
      maxStorageBuffersPerShaderStage: Math.min(MOST_BUFFERS, fresh.limits.maxStorageBuffersPerShaderStage),
    },
  });
});
test.after(() => device.destroy());

async function compile(kernel: Kernel): Promise<string> {
  const sources = [kernel.file, ...(kernel.includes ?? [])];
  const code = sourceOf(kernel);
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ code });
  const layout = device.createPipelineLayout({ bindGroupLayouts: [bindGroupLayout(device, kernel.bindings)] });
  device.createComputePipeline({
    label: `${kernel.name}|as it stands`,
    layout,
    compute: { module, entryPoint: 'main' },
  });
  const [error, info] = await Promise.all([device.popErrorScope(), module.getCompilationInfo()]);
  return compilationMessages(sources, code, info.messages, ['error', 'warning']) || (error?.message ?? '');
}

/** Kernels that this adapter cannot compile, by what it lacks. */
const uncompiled = new Map<string, string[]>();
for (const kernel of ALL_KERNELS) {
  const missing = featuresOf(sourceOf(kernel))
    .filter((feature) => !(offered as readonly string[]).includes(feature))
    .join(', ');
  if (missing !== '') uncompiled.set(missing, [...(uncompiled.get(missing) ?? []), kernel.name]);
  else test(`${kernel.name} compiles with its default constants`, async () => assert.is(await compile(kernel), ''));
}
for (const [missing, names] of uncompiled)
  skipped.push(`shaders: compiling ${names.join(', ')} (the adapter has no ${missing})`);

test('what naga (Firefox, Deno) says is one line: what is wrong, and why', () => {
  const said = (message: string): string => {
    const about = { type: 'error', lineNum: 2, linePos: 5, offset: 0, length: 1, message } as GPUCompilationMessage;
    return compilationMessages(['common/grid.wgsl'], 'a\nlet b = zebra;\n', [about]).split('\n')[0];
  };
  const at = 'common/grid.wgsl:2:5 error:';
  const place = '  ┌─ x.wgsl:2:9\n  │\n2 │ let b = zebra;\n  │         ^^^^^ here\n  │\n';
  assert.is(
    said(`\nShader 'x.wgsl' parsing error: no definition in scope for identifier: \`zebra\`\n${place}\n`),
    `${at} no definition in scope for identifier: \`zebra\``,
  );
  assert.is(
    said(
      `\nShader validation error: Entry point main at Compute is invalid\n${place}  = Expression [6] is invalid\n` +
        "  = note: Operation Add can't work with [4] and [5]\n\n",
    ),
    `${at} Entry point main at Compute is invalid; Expression [6] is invalid; ` +
      "Operation Add can't work with [4] and [5]",
  );
  assert.is(said("unresolved value 'zebra'"), `${at} unresolved value 'zebra'`);
});

test.run();
