/** Schemas of options: what `checkValue` takes on the command line, for files and for editors. */
import { z } from 'zod';
import { isOwnName } from '../own/own_names.js';
import { fixOf, formOf, type OptionSpec, type SpecTable } from '../options/options.js';
import { valueHint } from '../hints.js';

/** The type of an option's value. */
export type ValueOf<S extends OptionSpec> = S['type'] extends 'boolean'
  ? boolean
  : S['type'] extends 'number' | 'integer'
    ? number | (S extends { readonly words: readonly (infer W)[] } ? W : never)
    : S extends { readonly choices: readonly (infer C)[] }
      ? C
      : string;

/** A number that a file has as a text is one, as on the command line. */
function numberOf(value: unknown): unknown {
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
}

function typeOf(spec: OptionSpec): z.ZodType {
  const { type, choices, min, below, words } = spec;
  const error = `is not ${formOf(spec)}`;
  if (type === 'boolean') return z.boolean({ error });
  if (type === 'string') {
    const text = z.string({ error }).min(1, { error: 'is not a text' });
    if (choices === undefined) return text;
    return text.refine((v) => choices.includes(v) || isOwnName(v), { error }).meta({ enum: choices });
  }
  let number = type === 'integer' ? z.int({ error }) : z.number({ error });
  if (min !== undefined) number = number.min(min, { error });
  if (below !== undefined) number = number.lt(below, { error });
  const numeric = z.preprocess(numberOf, number);
  return words === undefined ? numeric : z.union([z.enum(words), numeric], { error });
}

/** The schema of one option. Its messages are those of the command line: `is not a number of at least 0`. */
export function optionSchema<S extends OptionSpec>(spec: S): z.ZodType<ValueOf<S>> {
  const { describe, default: otherwise } = spec;
  return typeOf(spec).meta({
    description: describe.replace(/--(?=[a-z])/g, ''),
    ...(otherwise === undefined ? {} : { default: otherwise }),
  }) as z.ZodType<ValueOf<S>>;
}

/** Options as a file has them: all may be left out, and null says nothing. */
export function optionShape(table: SpecTable): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(table).map(([name, spec]) => [name, optionSchema(spec).nullish()]));
}

/** What to do about a wrong value. */
export function fixFor(spec: OptionSpec | undefined, value: unknown): string | undefined {
  if (spec === undefined) return undefined;
  return spec.choices === undefined ? fixOf(spec) : valueHint(String(value), spec.choices);
}
