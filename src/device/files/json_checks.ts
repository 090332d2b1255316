/**
 * Reading JSON that a file holds: what each field must be, and an error that names file and field when it is something
 * else.
 */
import { ModelError } from '../errors.js';
import { DIGEST, isFormat, unsealed } from './integrity.js';

/** Whether a value of a file is what it must be. */
export type Check = (value: unknown) => boolean;

export const text: Check = (v) => typeof v === 'string' && v !== '';
export const anyText: Check = (v) => typeof v === 'string';
export const flag: Check = (v) => typeof v === 'boolean';
export const number: Check = (v) => typeof v === 'number' && Number.isFinite(v); // 1e999 is valid JSON
export const notNegative: Check = (v) => number(v) && (v as number) >= 0;
export const share: Check = (v) => notNegative(v) && (v as number) < 1;
export const count: Check = (v) => Number.isSafeInteger(v) && (v as number) >= 0;
export const positive: Check = (v) => count(v) && v !== 0;
export const digest: Check = (v) => typeof v === 'string' && /^[0-9a-f]{64}$/.test(v);
/** null will do. */
export const optional =
  (check: Check): Check =>
  (v) =>
    v === null || check(v);
/** It may be missing. */
export const absent =
  (check: Check): Check =>
  (v) =>
    v === undefined || check(v);
export const absentOr = (check: Check): Check => absent(optional(check));
export const oneOf =
  (names: readonly unknown[]): Check =>
  (v) =>
    names.includes(v);
export const list =
  (check: Check, length?: number): Check =>
  (v) =>
    Array.isArray(v) && (length === undefined || v.length === length) && v.every(check);
/** An object whose every value passes. */
export const record =
  (check: Check): Check =>
  (v) =>
    isObject(v) && Object.values(v).every(check);
/** An object with these fields, and perhaps others. */
export const fields =
  (checks: Checks): Check =>
  (v) =>
    isObject(v) && Object.entries(checks).every(([path, check]) => check(at(v, path)));

/** By path of keys, separated by dots. */
export type Checks = Readonly<Record<string, Check>>;

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of keys; undefined where there is none. */
export function at(value: unknown, path: string): unknown {
  for (const key of path.split('.'))
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key]
        : undefined;
  return value;
}

/** A value of a file for a message: as JSON, cut to so many characters. */
export function showValue(value: unknown, most = 60): string {
  try {
    const json = JSON.stringify(value) ?? 'missing';
    return json.length > most ? `${json.slice(0, most - 3)}…` : json;
  } catch {
    return 'too deep to be shown'; // brackets that a hostile file has thousands of
  }
}

/** How a file of JSON is read. */
export interface JsonForm {
  /** What the text is, after `FILE: `; default: `it`, for a whole file. */
  readonly what?: string;
  readonly checks: Checks;
  /** What to do when it is not as it must be. */
  readonly fix: string;
}

/** @throws ModelError naming the file when the text is no JSON object. */
export function parseObject(
  json: string,
  file: string,
  { what = 'it', fix }: Omit<JsonForm, 'checks'>,
): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new ModelError(`${file}: ${what} is not JSON`, { fix, cause: error });
  }
  if (!isObject(value)) throw new ModelError(`${file}: ${what} is ${showValue(value)}, not an object`, { fix });
  return value;
}

/** @throws ModelError naming the file and the first field that is missing or not what it must be. */
export function checkFields(value: unknown, file: string, { what, checks, fix }: JsonForm): void {
  for (const [path, check] of Object.entries(checks)) {
    if (!check(at(value, path)))
      throw new ModelError(
        `${file}: ${path}${what === undefined ? '' : ` of ${what}`} is ${showValue(at(value, path))}`,
        { fix },
      );
  }
}

/**
 * A checked object out of JSON. The caller says its type, which must be what `checks` let pass.
 * @throws ModelError naming the file and what is wrong.
 */
export function parseChecked<T>(json: string, file: string, form: JsonForm): T {
  const value = parseObject(json, file, form);
  checkFields(value, file, form);
  return value as T;
}

/**
 * As `parseChecked`, of a text that `sealJson` made with the field `format`: `name`-2. A text of before has no digest,
 * and `name`-1 or no format.
 * @throws ModelError also when the digest is missing or another.
 */
export function parseSealed<T extends object>(json: string, file: string, name: string, form: JsonForm): T {
  const { [DIGEST]: digest, ...value } = parseObject(json, file, form);
  const isOld = digest === undefined && (value['format'] === undefined || value['format'] === `${name}-1`);
  if (!isFormat(isOld ? `${name}-1` : value['format'], name, file)) {
    throw new ModelError(`${file}: is of no known version (format ${showValue(value['format'])}, expected ${name}-2)`, {
      fix: form.fix,
    });
  }
  const wrong = isOld ? null : unsealed(json);
  if (wrong !== null)
    throw new ModelError(
      wrong === 'missing' ? `${file}: its digest is missing` : `${file} is damaged: it is not what its digest says`,
      { fix: form.fix },
    );
  checkFields(value, file, form);
  return value as T;
}
