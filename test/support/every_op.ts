/** Every op and kernel of src/, declared; and those of them that `--op NAME` asks for. */
import { readdirSync } from 'node:fs';
import { opSpecs } from '../../src/cases/index.js';
import type { OpSpec } from '../../src/cases/spec.js';

// Ops and kernels enter their lists when their file is loaded: load all of them.
const SOURCE = new URL('../../src/', import.meta.url);
for (const folder of ['kernels/', 'autograd/ops/']) {
  for (const file of readdirSync(new URL(folder, SOURCE), { recursive: true }) as string[])
    if (file.endsWith('.js')) await import(new URL(folder + file.replaceAll('\\', '/'), SOURCE).href);
}

const asked = (process.env['WEFT_OPS'] ?? '').split(',').filter((name) => name !== '');

/** False for an op that is not asked for: `node scripts/test.mjs --op relu,add` asks for these two alone. */
export const isAsked = (op: string): boolean => asked.length === 0 || asked.includes(op);

/** Whether all ops are asked for. */
export const areAllAsked = asked.length === 0;

/** The cases of the ops that are asked for. */
export const askedSpecs: readonly OpSpec[] = opSpecs.filter((s) => isAsked(s.op));
