/**
 * Hearing of every kernel as it is recorded: for those who look inside a step, and on request for everybody.
 * `WEFT_DEBUG=1` says a line for each, `WEFT_DEBUG=matmul,conv2d` for those whose names have one of these in them.
 */
import { env } from '#platform';
import { formatBytes } from './inspect.js';
import type { Kernel, Launch } from './kernel.js';
import { remark } from './notices.js';

type Listener = (kernel: Kernel, launch: Launch) => void;

let listener: Listener | null = null;

/** Runs a function and is told of every kernel that it records, in order. */
export function observeLaunches<T>(heard: Listener, body: () => T): T {
  const before = listener;
  listener = heard;
  try {
    return body();
  } finally {
    listener = before;
  }
}

/** To be called for each kernel that is recorded. */
export function noteLaunch(kernel: Kernel, launch: Launch): void {
  listener?.(kernel, launch);
  if (isAsked(kernel.name)) remark(launchLine(kernel, launch));
}

/** Whether WEFT_DEBUG asks for this name. */
export function isAsked(name: string): boolean {
  const asked = env('WEFT_DEBUG');
  if (asked === undefined || asked === '0') return false;
  return asked === '1' || asked.split(',').some((part) => part !== '' && name.includes(part.trim()));
}

/** `matmul_subgroup ROWS=8u: 12 workgroups, reads 4 KiB, 2 KiB, writes 1 KiB`. */
function launchLine(kernel: Kernel, { buffers, workgroups, constants = {}, specialise = {} }: Launch): string {
  const settings = Object.entries({ ...constants, ...specialise }).map(([name, value]) => ` ${name}=${value}`);
  const bytes = (kind: 'read' | 'write'): string => {
    const kinds = kernel.bindings.filter((k) => k !== 'params');
    return buffers
      .filter((_, i) => kinds[i] === kind)
      .map(({ size }) => formatBytes(size))
      .join(', ');
  };
  return (
    `launch ${kernel.name}${settings.join('')}: ${workgroups} workgroups, reads ${bytes('read') || 'nothing'}, ` +
    `writes ${bytes('write')}`
  );
}
