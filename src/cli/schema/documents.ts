/** The files that Weft takes, as schemas: for `--config`, for `weft schema`, and as JSON Schema for editors. */
import { z } from 'zod';
import { distribution, settings } from '../../search/space.js';
import { without, type SpecTable } from '../options/options.js';
import { FOREIGN } from '../options/search_options.js';
import { COMPARE_OPTIONS, NOT_OF_ENTRY, TRAIN_OPTIONS } from '../options/train/train_options.js';
import { optionSchema, optionShape } from './option_schema.js';
import { BETAS, CLASSES, LOSS, RUN_CONFIG, SCHEDULE, SWA } from './run_config.js';

/** An option as one writes it, or as config.json has it. */
function either(name: keyof typeof TRAIN_OPTIONS, object: z.ZodType): z.ZodType {
  return z.union([optionSchema(TRAIN_OPTIONS[name]), object]).nullish();
}

/** What of config.json is written otherwise than its option. */
const STRUCTURED = {
  schedule: either('schedule', SCHEDULE),
  loss: either('loss', LOSS),
  classes: either('classes', CLASSES),
  betas: either('betas', BETAS),
  swa: SWA.nullish(),
};

function structured(table: SpecTable): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(STRUCTURED).filter(([name]) => name in table || (name === 'swa' && 'swa-start' in table)),
  );
}

const TRAIN_FILE = z
  .strictObject({ ...optionShape(TRAIN_OPTIONS), ...STRUCTURED })
  .meta({ title: 'weft train --config', description: 'Options of weft train, a line each.' });

const text = z.string({ error: 'is not a text' });
const seed = z.int({ error: 'is not a whole number of at least 0' }).min(0, {
  error: 'is not a whole number of at least 0',
});
const entry = z
  .strictObject({
    ...optionShape(without(TRAIN_OPTIONS, NOT_OF_ENTRY)),
    ...STRUCTURED,
    label: text.min(1, { error: 'is not a text' }).optional().meta({ description: 'what the entry is called' }),
  })
  .meta({ description: 'a model, and options of its own, which win' });
const common = without(COMPARE_OPTIONS, ['models', 'seeds']);

const COMPARE_FILE = z
  .strictObject({
    ...optionShape(common),
    ...structured(common),
    title: text.optional().meta({ description: 'heading of the report' }),
    seeds: z
      .union([text, seed, z.array(seed)])
      .nullish()
      .meta({ description: COMPARE_OPTIONS['seeds'].describe }),
    models: z
      .array(z.union([optionSchema(TRAIN_OPTIONS.model), entry], { error: 'is neither a model nor options of one' }), {
        error: 'is no list',
      })
      .meta({ description: 'what is compared: models, or options with a model' }),
  })
  .meta({ title: 'weft compare --config', description: 'Options for all, and `models`.' });

const varied = without(TRAIN_OPTIONS, FOREIGN);
const SEARCH_FILE = z
  .strictObject({
    ...optionShape(varied),
    ...structured(varied),
    space: z
      .strictObject(Object.fromEntries(Object.keys(varied).map((name) => [name, distribution.optional()])))
      .meta({ description: 'what is varied: a list of values, or { log: [0.0001, 0.1] }, { int: … }, { uniform: … }' }),
    search: settings.optional().meta({ description: 'how the search goes about it' }),
  })
  .meta({ title: 'weft search SPACE', description: 'Options for all trials, `space` and `search`.' });

/** By the names that `weft schema` knows. */
export const DOCUMENTS = {
  config: RUN_CONFIG,
  train: TRAIN_FILE,
  compare: COMPARE_FILE,
  search: SEARCH_FILE,
} as const satisfies Readonly<Record<string, z.ZodType>>;
export type DocumentName = keyof typeof DOCUMENTS;

/** A document's JSON Schema (draft 2020-12), as a program or an editor reads it. */
export function jsonSchema(name: DocumentName): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(DOCUMENTS[name], {
    target: 'draft-2020-12',
    io: 'output',
    override: ({ jsonSchema: own }) => {
      delete own.readOnly; // of the compiler's types, not of files
      if (own.maximum === Number.MAX_SAFE_INTEGER) delete own.maximum;
      if (own.minimum === Number.MIN_SAFE_INTEGER) delete own.minimum;
    },
  });
  return { $schema, $id: `urn:weftgrad:schema:${name}:1`, ...schema };
}
