/** Puts Dawn where libraries written for browsers look for WebGPU, with the adapter that Weft would open. */
import { tmpdir } from 'node:os';
import { create, globals } from 'webgpu'; // the project's own Dawn: node_modules of the folders above

process.env.XDG_RUNTIME_DIR ??= tmpdir();

const WISHES = [
  { powerPreference: 'high-performance' },
  { powerPreference: 'low-power' },
  { forceFallbackAdapter: true },
];

const nameOf = (adapter) => adapter.info.description || adapter.info.device;

/**
 * Defines `navigator.gpu` and WebGPU's constants; returns the adapter's name. `$WEFT_ADAPTER` chooses by part of the
 * name.
 */
export async function provideWebGPU() {
  const gpu = create([]);
  const wanted = (process.env.WEFT_ADAPTER ?? '').toLowerCase();
  let chosen;
  for (const wish of WISHES) {
    const adapter = await gpu.requestAdapter(wish);
    if (adapter === null || !nameOf(adapter).toLowerCase().includes(wanted)) continue;
    chosen = { wish, name: nameOf(adapter) };
    break;
  }
  if (chosen === undefined) throw new Error('no WebGPU adapter');
  const entry = new Proxy(gpu, {
    get: (target, key) => {
      if (key === 'requestAdapter') return () => target.requestAdapter(chosen.wish);
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: entry, userAgent: 'node' }, configurable: true });
  return chosen.name;
}
