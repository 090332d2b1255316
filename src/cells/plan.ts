/**
 * plan.json in a table's folder: the table as data, for processes that compute single cells of it. It holds the options
 * that the table was asked for with, never a command; whoever computes a cell makes the same plan of them again, and
 * finds the same keys.
 */
import { digest, joinPath } from '#platform';
import { ModelError } from '../device/errors.js';
import {
  absent,
  digest as isDigest,
  fields,
  isObject,
  list,
  oneOf,
  record,
  text,
  type Check,
} from '../device/files/json_checks.js';
import { loadJson, saveJson } from '../device/files/sealed_files.js';
import type { CellNeeds, PlannedCell } from './cell.js';

export type OptionValue = string | number | boolean;

export interface CellPlan {
  /** Which table: `compare`, `imbalance`. */
  readonly kind: string;
  /** Of the engine: another one may make other keys, or other numbers. */
  readonly version: string;
  /** As they were given. */
  readonly options: Readonly<Record<string, OptionValue>>;
  /** What a file of options said, and its name for messages. */
  readonly file: { readonly name: string; readonly values: Readonly<Record<string, unknown>> } | null;
  readonly cells: readonly PlannedCell[];
}

const FORMAT = 'weft-plan';
const NAME = 'plan.json';

/** A name for a file or folder that leads nowhere else; see `fileName`. */
export const isPlainName = (value: unknown): boolean =>
  typeof value === 'string' && /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.-]{0,199}$/u.test(value);

/** A path below a folder: names, and nothing that leads out of it. */
export const isInnerPath = (value: unknown): boolean =>
  typeof value === 'string' && value.split('/').length <= 3 && value.split('/').every(isPlainName);

const option: Check = (v) => ['string', 'number', 'boolean'].includes(typeof v);
const NEEDS: Readonly<Record<keyof CellNeeds, Check>> = {
  data: absent(isDigest),
  adapter: absent(text),
  kernels: absent(isDigest),
};

export function planFile(folder: string): string {
  return joinPath(folder, NAME);
}

export function savePlan(folder: string, plan: CellPlan): void {
  saveJson(planFile(folder), FORMAT, plan);
}

/** Null when there is none. @throws ModelError when it is damaged. */
export async function loadPlan(file: string): Promise<CellPlan | null> {
  const plan = await loadJson<CellPlan & { readonly format?: string }>(file, FORMAT, {
    format: oneOf([`${FORMAT}-2`]),
    kind: text,
    version: text,
    options: record(option),
    file: (v) => v === null || (isObject(v) && text(v['name']) && isObject(v['values'])),
    cells: list(
      fields({ key: isPlainName, group: isPlainName, label: text, result: isInnerPath, needs: fields(NEEDS) }),
    ),
  });
  if (plan === null) return null;
  const { format: _, ...rest } = plan;
  return rest;
}

/** @throws ModelError when there is none, or it is damaged. */
export async function requirePlan(file: string): Promise<CellPlan> {
  const plan = await loadPlan(file);
  if (plan === null)
    throw new ModelError(`${file}: there is no such file`, {
      fix: 'name the plan.json that a table was listed or queued with',
    });
  return plan;
}

/** Of all that a plan says, in hex: two tables are the same when this is. */
export function planDigest({ kind, version, options, file, cells }: CellPlan): string {
  const sorted = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));
  return digest('sha256', new TextEncoder().encode(JSON.stringify([kind, version, sorted, file, cells])));
}
