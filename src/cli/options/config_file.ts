/** Options from a file: one that people write, or a run's config.json, whose objects are several options each. */
import { readYaml } from '../../data/files/yaml_file.js';
import { OWN } from '../../data/own_words.js';
import { UsageError } from '../../device/errors.js';
import type { Parsed } from '../declare/declared.js';
import { checkValue } from './options.js';
import { TRAIN_PRESETS } from './presets.js';
import { SETTINGS } from './train/recipe.js';
import { CONFIG_OPTION, TRAIN_OPTIONS } from './train/train_options.js';

const OF_LOSS: Readonly<Record<string, string>> = { name: 'loss', weight: 'supcon-weight' };

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Values of options; what is null was not given. Names are looked up later, in either spelling. */
function flatOptions(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    if (value === null) continue;
    if (key === 'schedule' && isObject(value)) {
      for (const [setting, v] of Object.entries(value))
        flat[setting === 'name' ? 'schedule' : ((SETTINGS as Readonly<Record<string, string>>)[setting] ?? setting)] =
          Array.isArray(v) ? v.join(',') : v;
    } else if (key === 'loss' && isObject(value)) {
      for (const [setting, v] of Object.entries(value)) flat[OF_LOSS[setting] ?? setting] = v;
    } else if (key === 'swa' && isObject(value)) {
      for (const [setting, v] of Object.entries(value)) flat[`swa-${setting}`] = v;
    } else if (key === 'classes' && isObject(value)) {
      flat[key] = Object.entries(value)
        .map(([name, parts]) => `${name}=${(Array.isArray(parts) ? parts : [parts]).join('+')}`)
        .join(',');
    } else if (key === 'criterion') flat['loss'] = `${OWN}${String(value)}`;
    else if (key === 'validateOnTest') flat['validate-on'] = value === true ? 'test' : 'held-back';
    else if (key === 'betas' && Array.isArray(value)) flat[key] = value.join(',');
    else flat[key] = value;
  }
  return flat;
}

/** Values from a file (or a preset), and the name for messages. */
export interface OptionSource {
  readonly name: string;
  readonly values: Record<string, unknown>;
}

/** A preset's options, below those of the configuration file. */
export function withPreset(argv: Parsed, file: OptionSource | null): OptionSource | null {
  const name = argv['preset'] ?? file?.values['preset'];
  if (name === undefined) return file;
  const known = checkValue(
    'preset',
    TRAIN_OPTIONS.preset,
    name,
    argv['preset'] === undefined ? `${file?.name}: ` : '--',
  );
  const preset = TRAIN_PRESETS.find((p) => p.name === known);
  return { name: file?.name ?? `preset ${String(known)}`, values: { ...preset?.options, ...file?.values } };
}

/** A YAML file of options. @throws UsageError when it is none, or a value in it is wrong. */
export async function configFile(argv: Parsed, kind: 'train' | 'compare'): Promise<OptionSource | null> {
  if (argv['config'] === undefined) return null;
  const path = String(checkValue('config', CONFIG_OPTION, argv['config'], '--'));
  const form = 'give a YAML file of `option: value` lines';
  const values = (await readYaml(path, 'config', form)) ?? {};
  if (typeof values !== 'object' || Array.isArray(values))
    throw new UsageError(`--config ${path}: it holds no \`option: value\` lines`, { fix: form });
  const { checkConfigFile } = await import('../schema/check_file.js'); // most commands need no schemas
  checkConfigFile(values as Record<string, unknown>, path, kind);
  return { name: path, values: flatOptions(values as Record<string, unknown>) };
}
