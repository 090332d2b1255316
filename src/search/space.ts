/** What a search tries: a file with options of training, and for some of them where their values are drawn from. */
import { z } from 'zod';
import { hostRandom } from '../data/host_random.js';
import { UsageError } from '../device/errors.js';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
/** One of the other drawn options has one of these values; else this one is left out. */
const when = z.record(z.string(), z.union([scalar, z.array(scalar).min(1)])).optional();
const range = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low < high, 'the first must be the smaller one');
const positive = range.refine(([low]) => low > 0, 'a logarithmic range is above 0');
const whole = range.refine((r) => r.every(Number.isInteger), 'whole numbers are wanted');

/** The schema of Distribution. */
export const distribution = z
  .union([
    z.array(scalar).min(1),
    z.strictObject({ choice: z.array(scalar).min(1), when }),
    z.strictObject({ uniform: range, when }),
    z.strictObject({ log: positive, when }),
    z.strictObject({ int: whole, when }),
  ])
  .meta({ id: 'distribution' });

/** How values are drawn. */
export type Distribution = z.infer<typeof distribution>;

/** The schema of SearchSettings. */
export const settings = z.strictObject({
  method: z.enum(['asha', 'random']).default('asha'),
  /** Configurations that are drawn. */
  trials: z.int().min(1).max(1000).default(27),
  /** Of the draws; the seed of training is an option like others. */
  seed: z.int().min(0).default(0),
  /** Epochs of the first rung. */
  'min-epochs': z.int().min(1).default(1),
  /** From rung to rung one of so many goes on, for so many times the epochs. */
  eta: z.int().min(2).default(3),
  /** So many trials are begun, or gone on with, before results are looked at again. */
  width: z.int().min(1).default(4),
});

/** How a search goes about it. */
export type SearchSettings = z.infer<typeof settings>;

const file = z.object({
  space: z.record(z.string(), distribution).refine((s) => Object.keys(s).length > 0, 'nothing is varied'),
  search: settings.prefault({}),
});

/** A search as a file describes it. */
export interface SearchSpace {
  /** Options of training that all trials have. */
  readonly fixed: Readonly<Record<string, unknown>>;
  readonly space: Readonly<Record<string, Distribution>>;
  readonly search: SearchSettings;
}

/** What a trial has of the space: values by option. */
export type Drawn = Readonly<Record<string, string | number | boolean>>;

/**
 * A search out of the values of a file.
 * @param given settings that win over the file's. @throws UsageError naming what is wrong and where.
 */
export function parseSpace(
  values: Readonly<Record<string, unknown>>,
  name: string,
  given: Readonly<Record<string, unknown>> = {},
): SearchSpace {
  const { space, search, ...fixed } = values;
  const merged = typeof search === 'object' && search !== null ? { ...search, ...given } : (search ?? given);
  const parsed = file.safeParse({ space, search: merged });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UsageError(`${name}: ${issue.path.join('.') || 'the file'}: ${issue.message}`, {
      fix: 'e.g. `space:` and under it `lr: { log: [0.0001, 0.1] }`, `batch: [32, 64, 128]`',
    });
  }
  const both = Object.keys(parsed.data.space).find((key) => key in fixed);
  if (both !== undefined)
    throw new UsageError(`${name}: ${both} is both fixed and varied`, { fix: 'leave one of them out' });
  for (const [key, distributed] of Object.entries(parsed.data.space)) {
    const on = Array.isArray(distributed) ? [] : Object.keys(distributed.when ?? {});
    const unknown = on.find((other) => !(other in parsed.data.space) || other === key);
    if (unknown !== undefined)
      throw new UsageError(`${name}: space.${key}.when: ${unknown} is not varied`, {
        fix: `name another option of the space: ${Object.keys(parsed.data.space).join(', ')}`,
      });
  }
  return { fixed, ...parsed.data };
}

// Keys of the uses of a seed.
const TRIAL = 11;

/** Values of a trial; the same seed and number give the same. @param trial from 0. */
export function drawTrial({ space, search: { seed } }: SearchSpace, trial: number): Drawn {
  const random = hostRandom(seed, TRIAL, trial);
  // all are drawn, so that a condition changes no other option
  const drawn = Object.fromEntries(Object.entries(space).map(([key, d]) => [key, draw(d, random.uniform())]));
  return Object.fromEntries(Object.entries(drawn).filter(([key]) => applies(space[key], drawn)));
}

function draw(d: Distribution, u: number): string | number | boolean {
  if (Array.isArray(d)) return d[Math.floor(u * d.length)];
  if ('choice' in d) return d.choice[Math.floor(u * d.choice.length)];
  if ('int' in d) return d.int[0] + Math.floor(u * (d.int[1] - d.int[0] + 1));
  const [low, high] = 'log' in d ? d.log.map(Math.log) : d.uniform;
  const value = low + u * (high - low);
  return Number(('log' in d ? Math.exp(value) : value).toPrecision(4)); // as one would write it
}

function applies(d: Distribution, drawn: Drawn): boolean {
  if (Array.isArray(d) || d.when === undefined) return true;
  return Object.entries(d.when).every(([other, wanted]) =>
    (Array.isArray(wanted) ? wanted : [wanted]).includes(drawn[other]),
  );
}
