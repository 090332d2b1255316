/**
 * Numbers by name, as `torch.nn.Module.load_state_dict` takes them over: which fit a model, which are missing, which it
 * has not.
 */
import { ModelError } from '../../device/errors.js';
import { formatShape, sameShape } from '../../tensor/shape.js';
import { StateBuffer } from '../buffer.js';
import { requireFinite } from './finite.js';
import { withNewerKeys } from './older_keys.js';
import type { Parameter } from '../parameter.js';
import type { RawTensor } from './raw_tensor.js';

/** A state dict: tensors by name, e.g. `parseSafetensors(bytes, file).tensors`. */
export type StateDict = ReadonlyMap<string, RawTensor>;

/** Options of `loadStateDict`. */
export interface LoadOptions {
  /** Names the source in messages. */
  readonly file?: string;
  /**
   * False: what is missing stays as it is, what the model has not is passed over. Default: both are errors. Another
   * shape always is.
   */
  readonly strict?: boolean;
  /** Takes NaN and infinities too. Default: they are an error. */
  readonly allowNonFinite?: boolean;
}

/** What `loadStateDict` did. A missing `num_batches_tracked` is not counted: it begins at 0, as in PyTorch. */
export interface LoadReport {
  /** Keys of the model that the state has not. */
  readonly missing: readonly string[];
  /** Keys of the state that the model has not. */
  readonly unexpected: readonly string[];
  /**
   * What was taken off the state's keys: `module.` of DataParallel, `_orig_mod.` of torch.compile, `model.` of a
   * wrapper; or nothing.
   */
  readonly prefix: string;
}

/** A model's parameters and buffers by key. */
export type OwnState = readonly (readonly [name: string, entry: Parameter | StateBuffer])[];

/** What wrappers put before every key: DataParallel and AveragedModel, torch.compile, Lightning and the like. */
const WRAPPERS = ['module.', '_orig_mod.', 'model.'] as const;
/** What torch.optim.swa_utils.AveragedModel keeps beside the wrapped keys. */
const BESIDE: ReadonlySet<string> = new Set(['n_averaged']);

/**
 * A state under the names that it had before it was wrapped, and that its layers have since. Only what is before every
 * key is taken off, and only when the model's own begin otherwise.
 */
export function unwrapped<T>(
  state: ReadonlyMap<string, T>,
  own: readonly string[],
): { readonly state: ReadonlyMap<string, T>; readonly prefix: string } {
  const names = [...state.keys()].filter((name) => !BESIDE.has(name));
  const nextWrapper = (inside: string): string | undefined =>
    WRAPPERS.find((w) => names.every((name) => name.startsWith(inside + w)) && !own.some((name) => name.startsWith(w)));
  let prefix = '';
  for (let next = nextWrapper(''); next !== undefined && names.length > 0; next = nextWrapper(prefix)) prefix += next;
  const bare = new Map(
    [...state].map(([name, value]) => [name.startsWith(prefix) ? name.slice(prefix.length) : name, value]),
  );
  return { state: withNewerKeys(bare, new Set(own)), prefix };
}

/** Counts steps and nothing else: where it is missing it begins at 0. */
function isCounter(entry: Parameter | StateBuffer): boolean {
  return entry instanceof StateBuffer && entry.dtype === 'u32';
}

/** Whether a stored shape will do; a counter may be a list of one. */
export function hasShape(entry: Parameter | StateBuffer, shape: readonly number[]): boolean {
  return sameShape(shape, entry.shape) || (isCounter(entry) && entry.size === 1 && shape.every((d) => d === 1));
}

/** A state brought beside a model's own keys. */
export interface Matched extends LoadReport {
  /** What is to be taken over. */
  readonly fitting: ReadonlyMap<string, RawTensor>;
  /** Counters that are missing. */
  readonly fresh: readonly string[];
}

/**
 * @throws ModelError for a key with another shape, unless `strict` is false for missing and unexpected ones, and unless
 * they are allowed for numbers that are not finite.
 */
export function matchState(
  own: OwnState,
  given: StateDict,
  { file = 'the state dict', strict = true, allowNonFinite = false }: LoadOptions = {},
): Matched {
  const { state, prefix } = unwrapped(
    given,
    own.map(([name]) => name),
  );
  const known = new Map(own);
  const absent = own.filter(([name]) => !state.has(name));
  const missing = absent.filter(([, entry]) => !isCounter(entry)).map(([name]) => name);
  const fresh = absent.filter(([, entry]) => isCounter(entry)).map(([name]) => name);
  const unexpected = [...state.keys()].filter((name) => !known.has(name));
  const fitting = new Map<string, RawTensor>();
  const misfits: string[] = [];
  for (const [name, entry] of own) {
    const raw = state.get(name);
    if (raw === undefined) continue;
    if (hasShape(entry, raw.shape)) fitting.set(name, raw);
    else misfits.push(`${name} is ${formatShape(raw.shape)} in the file, ${formatShape(entry.shape)} in the model`);
  }
  const problems = [
    ...(strict && missing.length > 0 ? [`missing ${nameFew(missing)}`] : []),
    ...(strict && unexpected.length > 0 ? [`unexpected ${nameFew(unexpected)}`] : []),
    ...misfits.slice(0, 3),
  ];
  if (problems.length > 0)
    throw new ModelError(`${file} does not belong to this model: ${problems.join('; ')}`, {
      fix: fixOf(missing, misfits),
    });
  if (!allowNonFinite) requireFinite(fitting, file);
  return { fitting, missing, unexpected, fresh, prefix };
}

function fixOf(missing: readonly string[], misfits: readonly string[]): string {
  if (misfits.length > 0)
    return 'build the model for the channels and classes of the file, or use the model that the file was saved from';
  if (missing.length > 0)
    return (
      'use the model that the file was saved from; loadStateDict(state, { strict: false }) would leave what is ' +
      'missing as it is'
    );
  return (
    'load it with loadStateDict(state, { strict: false }), which passes over what the model has not, or take these ' +
    'keys out of the file'
  );
}

/** The first few of a list of names. */
export function nameFew(names: readonly string[]): string {
  return names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}
