/** A run's config.json as a file of options: what it writes as objects is several options. */
import { SETTINGS } from './recipe.js';

const OF_LOSS: Readonly<Record<string, string>> = { name: 'loss', weight: 'supcon-weight' };

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Values of options; what is null was not given. Names are looked up later, in either spelling. */
export function flatOptions(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    if (value === null) continue;
    if (key === 'schedule' && isObject(value)) {
      for (const [setting, v] of Object.entries(value))
        flat[setting === 'name' ? 'schedule' : ((SETTINGS as Readonly<Record<string, string>>)[setting] ?? setting)] =
          Array.isArray(v) ? v.join(',') : v;
    } else if (key === 'loss' && isObject(value)) {
      for (const [setting, v] of Object.entries(value)) flat[OF_LOSS[setting] ?? setting] = v;
    } else if (key === 'classes' && isObject(value)) {
      flat[key] = Object.entries(value)
        .map(([name, parts]) => `${name}=${(Array.isArray(parts) ? parts : [parts]).join('+')}`)
        .join(',');
    } else if (key === 'validateOnTest') flat['validate-on'] = value === true ? 'test' : 'held-back';
    else if (key === 'betas' && Array.isArray(value)) flat[key] = value.join(',');
    else flat[key] = value;
  }
  return flat;
}
