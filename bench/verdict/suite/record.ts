/** Pipelines that were written down as a program made them: scripts/lib/record_pipelines.mjs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../../src/device/errors.js';
import type { Described } from '../compile.js';

/** One file of a record. */
interface Written {
  /** What the engine calls it: the kernel's name, its constants, and what it is specialised with. */
  readonly label: string;
  readonly entryPoint: string;
  /** Numbers as text. */
  readonly constants: readonly (readonly [string, string])[];
  readonly layout: Described['layout'];
  readonly code: string;
}

export interface Recorded extends Described {
  readonly label: string;
}

/** Digests of the pipelines of a record. @throws UsageError when the folder holds none. */
export function listRecord(folder: string): string[] {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  if (files.length === 0)
    throw new UsageError(`${folder} holds no pipelines`, {
      fix: 'node scripts/test.mjs --gpu-members --pipelines FOLDER writes them down',
    });
  return files.map((name) => name.slice(0, -5)).sort();
}

export function readRecorded(folder: string, digest: string): Recorded {
  const { label, entryPoint, constants, layout, code } = JSON.parse(
    readFileSync(join(folder, `${digest}.json`), 'utf8'),
  ) as Written;
  const numbers = Object.fromEntries(constants.map(([name, value]) => [name, Number(value)]));
  return { label: label || `unnamed ${digest.slice(0, 6)}`, entryPoint, constants: numbers, layout, code, files: [] };
}
