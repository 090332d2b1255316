/** What is wrong with a file, with the path to it and the way out. */
import type { z } from 'zod';
import { UsageError } from '../../device/errors.js';
import { METRIC_LOSSES } from '../../train/loss/loss_settings.js';
import { optionHint, spelled, suggest } from '../hints.js';
import type { OptionSpec, SpecTable } from '../options/options.js';
import { SETTINGS } from '../options/train/recipe.js';
import { COMPARE_OPTIONS, TRAIN_OPTIONS } from '../options/train/train_options.js';
import { optionOf } from '../settings.js';
import { DOCUMENTS, type DocumentName } from './documents.js';
import { fixFor } from './option_schema.js';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** `schedule.milestones[1]`. */
function pathText(path: Path): string {
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${String(key)}`)).join('');
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce((v: unknown, key) => (v as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key], value);
}

/** Of what could be one of several things: what is wrong with the one that it resembles most, by how deep that lies. */
function deepest(issue: Issue, value: unknown): Issue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
  const depth = (issues: readonly Issue[]): number => Math.max(...issues.map((own) => own.path.length));
  const isObject = typeof valueAt(value, issue.path) === 'object';
  const branches = isObject ? issue.errors.toReversed() : issue.errors;
  const branch = [...branches].sort((a, b) => depth(b) - depth(a))[0];
  const own = branch.find((i) => i.code !== 'unrecognized_keys') ?? branch[0];
  return deepest({ ...own, path: [...issue.path, ...own.path] }, value);
}

/** The option that a place in a file belongs to. */
function specAt(path: Path): OptionSpec | undefined {
  const options = TRAIN_OPTIONS as SpecTable;
  const [first, second] = (path[0] === 'models' ? path.slice(2) : path).map(String) as (string | undefined)[];
  if (first === 'schedule' && second !== undefined)
    return second === 'name' ? options['schedule'] : options[SETTINGS[second as keyof typeof SETTINGS]];
  if (first === 'loss' && second !== undefined) return options[optionOf(`loss.${second}`).replace(/^--/, '')];
  if (first === undefined) return options['model']; // an entry of compare that is a model's name
  const name = spelled(first, Object.keys(options));
  return second === undefined && name !== undefined ? options[name] : undefined;
}

/** Settings within settings. */
const INNER = ['name', ...Object.keys(SETTINGS), ...Object.values(METRIC_LOSSES).flatMap((own) => Object.keys(own))];

function unknownKey(
  issue: Issue & { readonly code: 'unrecognized_keys' },
  file: string,
  kind: DocumentName,
): UsageError {
  const [key] = issue.keys;
  if (issue.path.length === 0 || issue.path[0] === 'models') {
    const at = issue.path.length === 0 ? '' : `${pathText(issue.path)}: `;
    const names = Object.keys(kind === 'config' ? DOCUMENTS.config.shape : DOCUMENTS[kind].shape);
    const hint = kind === 'config' ? suggest(key, names) : optionHint(key, names)?.replaceAll('--', '');
    const fix = kind === 'config' && hint !== undefined ? `did you mean ${hint}?` : hint;
    return new UsageError(`${file}: ${at}unknown option "${key}"`, {
      fix: fix ?? `weft schema ${kind} has what it takes`,
    });
  }
  const near = suggest(key, INNER);
  return new UsageError(`${file}: ${pathText(issue.path)}: unknown setting "${key}"`, {
    fix: near === undefined ? 'leave it out' : `did you mean ${near}?`,
  });
}

/** @throws UsageError naming the file, the path in it, what is there, what should be, and how to mend it. */
function refuse(issue: Issue, value: unknown, file: string, kind: DocumentName): never {
  if (issue.code === 'unrecognized_keys') throw unknownKey(issue, file, kind);
  const own = valueAt(value, issue.path);
  const path = pathText(issue.path);
  const fix = fixFor(specAt(issue.path), own) ?? `weft schema ${kind} has what it takes`;
  if (own === undefined)
    throw new UsageError(`${file}: ${path} is missing`, { fix: `give ${path}; weft schema ${kind} has what it takes` });
  throw new UsageError(`${file}: ${path} ${JSON.stringify(own)} ${issue.message}`.replace(': : ', ': '), { fix });
}

/** Checks a whole document. @throws UsageError */
export function checkDocument(kind: DocumentName, value: unknown, file: string): void {
  const parsed = DOCUMENTS[kind].safeParse(value);
  if (parsed.success) return;
  const [first] = parsed.error.issues.map((issue) => deepest(issue, value));
  refuse(first, value, file, kind);
}

/** Fields of config.json that are no option of the same name. */
const OTHERWISE: readonly string[] = ['criterion', 'validateOnTest'];

/**
 * Checks the values of a `--config` file, whose names may be spelled as in config.json. Options that there are not are
 * left to `resolveOptions`, which knows what else the command takes. @throws UsageError
 */
export function checkConfigFile(
  values: Readonly<Record<string, unknown>>,
  file: string,
  kind: 'train' | 'compare',
): void {
  const names = Object.keys(kind === 'train' ? TRAIN_OPTIONS : { ...COMPARE_OPTIONS, title: 1 });
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values))
    if (!OTHERWISE.includes(key)) options[spelled(key, names) ?? key] = value;
  const parsed = DOCUMENTS[kind].safeParse(options);
  if (parsed.success) return;
  const issues = parsed.error.issues
    .map((issue) => deepest(issue, options))
    .filter((i) => i.code !== 'unrecognized_keys' || (i.path.length > 0 && i.path[0] !== 'models'))
    // compare says itself that it has no list, or that an entry is nothing
    .filter(({ path }) => path[0] !== 'models' || path.length > 2 || typeof valueAt(options, path) === 'string');
  if (issues.length > 0) refuse(issues[0], options, file, kind);
}
