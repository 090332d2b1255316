/**
 * `node --import` of this file: every compute pipeline that the process makes of WebGPU is written to the folder
 * `$WEFT_PIPELINES`, a file for each (text after assembly, entry point, constants, layout), named by its digest, so
 * that many processes can write to one folder and each pipeline is in it once. What does not compile is left out:
 * tests make such on purpose, and fail themselves where it is not. Read by `npm run verdict -- --compile`.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { globals } from 'webgpu';

const folder = process.env.WEFT_PIPELINES;
const { prototype } = globals.GPUDevice;

const codes = new WeakMap();
const entries = new WeakMap();
const layouts = new WeakMap();
/** Of each device: for each error scope that is open, what was made in it. */
const scopes = new WeakMap();
const written = new Set();

function hook(name, made) {
  const original = prototype[name];
  prototype[name] = function (...args) {
    const result = original.apply(this, args);
    made.call(this, result, ...args);
    return result;
  };
}

function described({ label = '', layout, compute: { module, entryPoint = 'main', constants = {} } }) {
  // as text, because JSON knows neither NaN nor infinities
  const settings = Object.entries(constants).map(([name, value]) => [name, String(value)]);
  return { label, entryPoint, constants: settings, layout: layouts.get(layout) ?? null, code: codes.get(module) };
}

function write(pipeline) {
  const { label: _, ...what } = pipeline;
  const digest = createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 24);
  const file = join(folder, `${digest}.json`);
  if (written.has(digest) || existsSync(file)) return;
  written.add(digest);
  writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(pipeline)}\n`);
  renameSync(`${file}.${process.pid}`, file); // a process that is killed leaves no half
}

if (folder) {
  mkdirSync(folder, { recursive: true });
  hook('createShaderModule', (module, { code }) => void codes.set(module, code));
  hook('createBindGroupLayout', (layout, descriptor) => void entries.set(layout, [...descriptor.entries]));
  hook('createPipelineLayout', (layout, { bindGroupLayouts }) =>
    layouts.set(
      layout,
      [...bindGroupLayouts].map((group) => entries.get(group)),
    ),
  );
  hook('createComputePipelineAsync', (promise, descriptor) => {
    const pipeline = described(descriptor);
    promise.then(
      () => write(pipeline),
      () => {},
    );
  });
  hook('createComputePipeline', function (_, descriptor) {
    const scope = scopes.get(this)?.at(-1);
    if (scope === undefined) write(described(descriptor));
    else scope.push(described(descriptor));
  });
  hook('pushErrorScope', function () {
    if (!scopes.has(this)) scopes.set(this, []);
    scopes.get(this).push([]);
  });
  hook('popErrorScope', function (error) {
    const made = scopes.get(this)?.pop() ?? [];
    if (made.length === 0) return;
    error.then(
      (found) => {
        if (found === null) made.forEach(write);
      },
      () => {},
    );
  });
}
