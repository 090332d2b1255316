/** Is there a WebGPU adapter that computes, and what is it called? */
import { fileURLToPath } from 'node:url';
import { capture, tail, vulkanEnvironment } from './host.mjs';

const PROBE = fileURLToPath(new URL('probe.mjs', import.meta.url));

/**
 * Looks for an adapter in a child process. Returns `{ name }` when there is one, else `{ name: null, reason, detail }`:
 * 'none' no driver that Dawn accepts (detail: what Dawn said), 'crash' the child died (detail: of what), 'load' Dawn
 * itself does not load.
 */
export function probeAdapter(extraEnvironment = {}) {
  const child = capture(process.execPath, [PROBE], {
    env: vulkanEnvironment(extraEnvironment),
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  const line = child.stdout.split('\n').find((l) => l.startsWith('{'));
  if (line === undefined)
    return {
      name: null,
      reason: 'crash',
      detail: tail(`${child.output}${child.signal ?? `exit code ${child.status}`}`),
    };
  const { loadError, adapter } = JSON.parse(line);
  if (loadError !== undefined) return { name: null, reason: 'load', detail: tail(loadError) };
  if (!adapter || isNull(adapter)) return { name: null, reason: 'none', detail: tail(saidByDawn(child.output, line)) };
  return { name: adapterName(adapter), reason: null, detail: '' };
}

/** Dawn's warnings, without places in its source. */
function saidByDawn(output, answer) {
  return output
    .split('\n')
    .filter((line) => line !== answer && !/^\s*(at |$)/.test(line))
    .join('\n');
}

/** Dawn's null backend accepts every call and computes nothing. */
function isNull({ vendor, architecture, device, description }) {
  return /\bnull\b/i.test(device ?? '') || !(vendor || architecture || device || description);
}

/**
 * A short name: `NVIDIA H200 (NVIDIA: 570.1)` or `llvmpipe (Mesa 25.0.7), software`. `device` is the GPU's name in
 * lower case with dashes, `description` is `driver: version …`; software drivers hide LLVM's version and more in
 * theirs.
 */
function adapterName({ vendor, architecture, device, description, isFallbackAdapter }) {
  const software = isFallbackAdapter || /^(software|swiftshader)$/.test(architecture);
  const [driver, version = ''] = (description ?? '').split(/:\s*/, 2);
  const plain = (device || architecture || vendor || driver || 'unnamed').replace(/^-+|-+$/g, '');
  const isDriver = driver !== '' && plain.toLowerCase().startsWith(driver.toLowerCase()) && software;
  const name = isDriver ? driver : plain;
  const detail = isDriver ? version.replace(/ \(.*$/, '') : description;
  return `${name}${detail ? ` (${detail})` : ''}${software ? ', software' : ''}`;
}
