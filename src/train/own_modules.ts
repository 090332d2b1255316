/**
 * Models, losses, readers and augmentation steps of the user's own: which file each came from, and what a run keeps of
 * that. A file is loaded only because the user names it; a run names files for people to read, and nothing loads them.
 */
import { ownStepNames } from '../data/own_words.js';
import { readerOf } from '../data/own_reader.js';
import { ModelError, UsageError } from '../device/errors.js';
import { models } from '../nn/models/registry.js';
import { visible } from '../text/visible.js';
import { worded, type Text } from '../text/wording.js';
import type { DataConfig, LoaderConfig, LossConfig, ModelConfig } from './config.js';

/** Each by the option that names it. */
export const OWN_KINDS = ['model', 'loss', 'augment', 'data'] as const;
export type OwnKind = OwnModule['kind'];

/** A part of a run that came from a file of the user's. */
export interface OwnModule {
  readonly kind: (typeof OWN_KINDS)[number];
  readonly name: string;
  /** As it was named. */
  readonly file: string;
  /** SHA-256 of the file in hex; of what it imports in turn nothing is kept. */
  readonly digest: string;
}

const loaded: OwnModule[] = [];

/** Notes what was loaded. */
export function noteOwnModule(module: OwnModule): void {
  if (!loaded.some((m) => m.kind === module.kind && m.name === module.name)) loaded.push(module);
}

/** What of a configuration may be of the user's own. */
export type OwnParts = Pick<ModelConfig, 'model'> &
  Pick<LossConfig, 'criterion'> &
  Pick<LoaderConfig, 'augment' | 'augmentClassSpec'> &
  Pick<DataConfig, 'data'>;

/** The names of a kind that a configuration uses, own or not. */
function namesOf(config: OwnParts, kind: OwnKind): readonly (string | undefined)[] {
  if (kind === 'model') return [config.model];
  if (kind === 'loss') return [config.criterion];
  if (kind === 'data') return [readerOf(config.data)?.name];
  return [config.augment, config.augmentClassSpec].flatMap((spec) => ownStepNames(spec ?? ''));
}

/** The file of a model of the user's own; undefined for others. */
export const ownModelFile = (model: string): string | undefined =>
  loaded.find(({ kind, name }) => kind === 'model' && name === model)?.file;

/** What of a configuration came from files. */
export function ownModulesOf(config: OwnParts): OwnModule[] {
  return loaded.filter(({ kind, name }) => namesOf(config, kind).includes(name));
}

const OPTION: Readonly<Record<OwnKind, Text>> = {
  model: worded`{model}`,
  loss: worded`{loss}`,
  augment: worded`{augment}`,
  data: worded`{data}`,
};

/** What to do where the file of one is not named. */
export function nameItsFile({ kind, file, digest }: OwnModule): Text {
  return worded`name the file: ${OPTION[kind]} ${file} (then its SHA-256 was ${digest.slice(0, 16)}…)`;
}

/** @param before what of the user's own the file says it was made of. @throws ModelError when a model is not known. */
export function requireModel(model: string, file: string, before: readonly OwnModule[] = []): void {
  if (models().some((m) => m.name === model)) return;
  const own = before.find((m) => m.kind === 'model' && m.name === model);
  const whose = own === undefined ? 'none of Weft’s' : 'of the user’s own';
  throw new ModelError(`${file}: its header names model ${visible(model)}, which is ${whose}`, {
    fix: own === undefined ? worded`name its file: {model} ./FILE.ts` : nameItsFile(own),
  });
}

/**
 * A run that goes on needs all that it was made of, as it was.
 * @param before what its checkpoint says. @throws UsageError when a file is not named; ModelError when it is another.
 */
export function requireOwnModules(before: readonly OwnModule[], checkpoint: string): void {
  for (const module of before) {
    const { kind, name, digest } = module;
    const now = loaded.find((m) => m.kind === kind && m.name === name);
    if (now === undefined)
      throw new UsageError(worded`${checkpoint}: its ${kind} ${name} is of the user’s own`, {
        fix: nameItsFile(module),
      });
    if (now.digest !== digest)
      throw new ModelError(
        worded`${now.file} is not what ${checkpoint} was trained with: its SHA-256 is ${now.digest.slice(0, 16)}…,
          then ${digest.slice(0, 16)}…`,
        { fix: worded`put the file back as it was, or begin a new run from its weights: {pretrained} ${checkpoint}` },
      );
  }
}
