/** What `weft search` is to try: the trials of a space, each with a whole configuration. */
import { digest, joinPath } from '#platform';
import { readYaml } from '../../data/files/yaml_file.js';
import { UsageError } from '../../device/errors.js';
import { rungEpochs } from '../../search/asha.js';
import { drawTrial, parseSpace, type Drawn, type SearchSettings } from '../../search/space.js';
import type { TrainConfig } from '../../train/config.js';
import type { Parsed } from '../declare/declared.js';
import type { OptionSource } from './config_file.js';
import { resolveOptions } from './options.js';
import { FOREIGN, SEARCH_OPTIONS } from './search_options.js';
import { trainConfig } from './train/training_config.js';
import { TRAIN_OPTIONS } from './train/train_options.js';

/** One configuration of a search. */
export interface Trial {
  readonly number: number;
  readonly drawn: Drawn;
  readonly config: TrainConfig;
  /** Its run folder's name below the search's: a digest of its configuration is part of it. */
  readonly name: string;
}

export interface SearchPlan {
  readonly title: string;
  readonly out: string;
  readonly settings: SearchSettings;
  /** Names of what is varied. */
  readonly varied: readonly string[];
  /** Epochs up to each rung. */
  readonly rungs: readonly number[];
  readonly trials: readonly Trial[];
}

/** The file of a space. @throws DataError, UsageError */
export async function spaceFile(path: string): Promise<OptionSource> {
  const form = 'give a YAML file with `space:`, and under it what is varied';
  const values = await readYaml(path, 'space', form);
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw new UsageError(`${path}: it holds no space`, { fix: form });
  return { name: path, values: values as Record<string, unknown> };
}

/** All trials, all checked. @throws UsageError when the space draws what cannot be trained, or nothing is validated. */
export async function searchPlanOf(file: OptionSource, argv: Parsed): Promise<SearchPlan> {
  const o = resolveOptions(SEARCH_OPTIONS, argv);
  const given = Object.fromEntries(
    Object.keys(SEARCH_OPTIONS).flatMap((key) => (key === 'out' || o[key] === undefined ? [] : [[key, o[key]]])),
  );
  const space = parseSpace(file.values, file.name, given);
  const foreign = FOREIGN.find((key) => key in space.fixed || key in space.space);
  if (foreign !== undefined) throw new UsageError(`${file.name}: a search has no ${foreign}`, { fix: 'leave it out' });
  const trials: Trial[] = [];
  for (let number = 0; number < space.search.trials; number++) {
    const drawn = drawTrial(space, number);
    const about = `${file.name}, trial ${number} (${wordsOf(drawn)})`;
    const config = await trainConfig(
      resolveOptions(TRAIN_OPTIONS, {}, { name: about, values: { ...space.fixed, ...drawn } }),
      () => false,
    );
    const key = digest('sha256', new TextEncoder().encode(JSON.stringify(config))).slice(0, 8);
    trials.push({ number, drawn, config, name: `trial-${String(number).padStart(3, '0')}-${key}` });
  }
  const epochs = new Set(trials.map((t) => t.config.epochs));
  if (epochs.size > 1)
    throw new UsageError(`${file.name}: epochs cannot be varied: rungs are measured in them`, { fix: 'fix them' });
  if (trials.some((t) => t.config.validateOnTest === true))
    throw new UsageError(`${file.name}: validate-on test would choose by the test images`, { fix: 'leave it out' });
  const name = file.name.replace(/^.*[\\/]/, '').replace(/\.(ya?ml|json)$/, '');
  return {
    title: name,
    out: String(o['out'] ?? `runs/search-${name}`),
    settings: space.search,
    varied: Object.keys(space.space),
    rungs: rungEpochs(space.search, trials[0].config.epochs),
    trials,
  };
}

/** `lr 0.01, batch 32`. */
export function wordsOf(drawn: Drawn): string {
  return Object.entries(drawn)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
}

/** Where a trial's run is. */
export function runOf({ out }: Pick<SearchPlan, 'out'>, { name }: Trial): string {
  return joinPath(out, name);
}
