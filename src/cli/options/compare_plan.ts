/** What `weft compare` is to train: entries from a preset, a YAML file or `--models`, times the seeds. */
import { digest, joinPath } from '#platform';
import { UsageError } from '../../device/errors.js';
import { models as allModels } from '../../nn/models/registry.js';
import { fileNames } from '../../text/file_name.js';
import type { Cell } from '../../report/compare/comparison.js';
import { COMPARE_PRESETS } from './presets.js';
import type { Parsed } from '../declare/declared.js';
import { suggest } from '../hints.js';
import { resolveOptions } from './options.js';
import type { OptionSource } from './config_file.js';
import { trainConfig } from './train/training_config.js';
import { COMMON_OPTIONS, COMPARE_OPTIONS, NOT_CONFIGURED, NOT_OF_ENTRY, TRAIN_OPTIONS } from './train/train_options.js';

/** An entry as a file or a preset has it: options, with a label. */
type Entry = Readonly<Record<string, unknown>>;

export interface Plan {
  readonly name: string;
  readonly title: string;
  readonly out: string;
  readonly cells: readonly Cell[];
  readonly capture: boolean;
}

interface Source {
  readonly name: string;
  readonly title: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly entries: readonly Entry[] | null;
}

/** @throws UsageError for an unknown preset, or a file that is no list of entries. */
function sourceOf(preset: unknown, file: OptionSource | null): Source {
  if (preset !== undefined && file !== null)
    throw new UsageError('a preset and --config are two lists of what to compare', { fix: 'give one of them' });
  if (preset !== undefined) {
    const known = COMPARE_PRESETS.find((p) => p.name === preset);
    const names = COMPARE_PRESETS.map((p) => p.name);
    const near = suggest(String(preset), names);
    if (known === undefined)
      throw new UsageError(`there is no comparison "${String(preset)}"`, {
        fix: near === undefined ? `use one of ${names.join(', ')}, or --models` : `did you mean ${near}?`,
      });
    return {
      name: known.name,
      title: `${known.name}: ${known.describe}`,
      options: known.options,
      entries: known.entries,
    };
  }
  if (file === null) return { name: 'models', title: 'Comparison', options: {}, entries: null };
  const { models, title, ...options } = file.values;
  if (!Array.isArray(models) || models.length === 0)
    throw new UsageError(`${file.name}: models is no list`, {
      fix: 'write `models:` and under it `- cnn` or `- model: cnn` lines',
    });
  const entries = models.map((m: unknown): Entry => {
    if (typeof m === 'string') return { model: m };
    if (typeof m !== 'object' || m === null || Array.isArray(m))
      throw new UsageError(`${file.name}: the entry ${JSON.stringify(m)} is neither a model nor options of one`, {
        fix: 'write `- cnn`, or `- model: cnn` with its options below',
      });
    return m as Entry;
  });
  return {
    name: file.name.replace(/^.*[\\/]/, '').replace(/\.ya?ml$/, ''),
    title: title === undefined ? 'Comparison' : String(title),
    options,
    entries,
  };
}

function labelOf(entry: Entry): string {
  return String(entry['label'] ?? entry['model']);
}

/** The entries that `--models` asks for, by their labels; a name that is no label is that of a model. */
function chosenEntries({ entries, name }: Source, models: unknown): readonly Entry[] {
  if (models === undefined) {
    if (entries === null)
      throw new UsageError('what is to be compared?', {
        fix: `weft compare ${COMPARE_PRESETS.map((p) => p.name).join('|')}, or --models cnn,lenet5`,
      });
    return entries;
  }
  const names = [
    ...new Set(
      String(models)
        .split(',')
        .map((w) => w.trim()),
    ),
  ];
  const chosen = names.flatMap((wanted): readonly Entry[] => {
    if (entries === null) {
      const known = allModels().map((m) => m.name);
      if (known.includes(wanted)) return [{ model: wanted }];
      const near = suggest(wanted, known);
      throw new UsageError(`--models: there is no model "${wanted}"`, {
        fix: near === undefined ? `it takes ${known.join(', ')}` : `did you mean ${near}?`,
      });
    }
    const labelled = entries.filter((e) => labelOf(e) === wanted);
    const found = labelled.length > 0 ? labelled : entries.filter((e) => e['model'] === wanted);
    if (found.length === 0)
      throw new UsageError(`--models: ${name} has no entry "${wanted}"`, {
        fix: `it has ${entries.map(labelOf).join(', ')}`,
      });
    return found;
  });
  return [...new Set(chosen)];
}

/** `0,1,2` from the command line; a file may also give one number or a list of them. */
function seedsOf(value: unknown): number[] {
  const seeds = (Array.isArray(value) ? value : String(value).split(',')).map((w: unknown) =>
    String(w).trim() === '' ? Number.NaN : Number(w),
  );
  if (seeds.length === 0 || seeds.some((s) => !Number.isSafeInteger(s) || s < 0))
    throw new UsageError(`seeds "${String(value)}" are not whole numbers of at least 0`, { fix: 'e.g. --seeds 0,1,2' });
  return [...new Set(seeds)];
}

/**
 * Everything to train, all checked. An entry's own options win over the command line's, and these over what the source
 * gives to all.
 */
export async function planOf(argv: Parsed, file: OptionSource | null): Promise<Plan> {
  const source = sourceOf(argv['name'], file);
  const about = source.entries === null ? 'command line' : (file?.name ?? `comparison ${source.name}`);
  const { seeds: sourceSeeds, ...common } = source.options;
  const resolved = resolveOptions(COMPARE_OPTIONS, argv, { name: about, values: common });
  const seeds = seedsOf(argv['seeds'] ?? sourceSeeds ?? resolved['seeds']);
  const given = Object.fromEntries(
    Object.keys(COMMON_OPTIONS).flatMap((name) => (argv[name] === undefined ? [] : [[name, resolved[name]]])),
  );
  const out = String(resolved['out'] ?? `runs/compare-${source.name}`);
  const entries = chosenEntries(source, resolved['models']);
  const labels = entries.map(labelOf);
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice !== undefined)
    throw new UsageError(`${about}: two entries are called ${twice}`, { fix: 'give each a label of its own' });
  const folders = new Map(fileNames(labels).map((name, i) => [labels[i], name]));
  const cells: Cell[] = [];
  for (const seed of seeds) {
    for (const entry of entries) {
      const label = labelOf(entry);
      const { label: _, ...own } = entry;
      const foreign = NOT_OF_ENTRY.find((key) => key in own);
      if (foreign !== undefined)
        throw new UsageError(`${about} (${label}): an entry has no ${foreign} of its own`, {
          fix: foreign === 'seed' ? 'leave it out; `seeds: [0, 1]` beside `models:` holds for all' : 'leave it out',
        });
      const taken = Object.fromEntries(
        Object.entries({ ...common, ...given, ...own, seed }).filter(([key]) => !NOT_CONFIGURED.includes(key)),
      );
      const config = await trainConfig(
        resolveOptions(TRAIN_OPTIONS, {}, { name: `${about} (${label})`, values: taken }),
        () => false,
      );
      const key = digest('sha256', new TextEncoder().encode(JSON.stringify(config))).slice(0, 8);
      const name = `${folders.get(label)}-seed${seed}-${key}`;
      cells.push({ label, config, name, run: joinPath(out, name) });
    }
  }
  return { name: source.name, title: source.title, out, cells, capture: resolved['capture'] === true };
}
