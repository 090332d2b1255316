/**
 * What goes through a queue, and the schemas that all of it passes before anything is done: data, never a command, and
 * no path but names within a table's folder. Files that options name are not looked up on a worker's machine because a
 * message says so.
 */
import { z } from 'zod';
import { packageJson } from '#platform';
import { isInnerPath, isPlainName, type CellPlan } from '../../../cells/plan.js';
import { isDataSetName } from '../../../data/files/data_sets.js';
import { isDrawn } from '../../../data/load.js';
import { UsageError } from '../../../device/errors.js';
import { isNamed } from '../../../train/published/named_weights.js';

/** Of all text in a message. */
const LONGEST = 10_000;
/** Cells of one group. */
const MOST_CELLS = 1000;
/** Bytes of the files of one cell. */
export const MOST_BYTES = 32 * 2 ** 20;
/** Files of one cell. */
const MOST_FILES = 100;

const text = z.string().max(LONGEST);
const plainName = z.string().refine(isPlainName, 'is no plain name');
const innerPath = z.string().refine(isInnerPath, 'is no path within a folder');
const hex = z.string().regex(/^[0-9a-f]{64}$/);
const value = z.union([text, z.number(), z.boolean()]);

const cell = z.strictObject({
  key: plainName,
  group: plainName,
  label: text,
  result: innerPath,
  needs: z.strictObject({ data: hex.optional(), adapter: text.optional(), kernels: hex.optional() }),
});

const plan = z.strictObject({
  kind: z.enum(['compare', 'imbalance', 'search']),
  version: text,
  options: z.record(text, value),
  file: z.strictObject({ name: text, values: z.record(text, z.json()) }).nullable(),
  cells: z
    .array(cell)
    .min(1)
    .max(MOST_CELLS)
    .refine((cells) => cells.every((c) => c.group === cells[0].group), 'are of more than one group')
    .refine((cells) => new Set(cells.map((c) => c.key)).size === cells.length, 'are there twice'),
});

/** A group of cells to compute. */
export const JOB = z.strictObject({
  format: z.literal('weft-job-1'),
  /** Name of the table's folder. */
  table: plainName,
  /** planDigest of the whole plan, of which only the group's cells are sent. */
  digest: hex,
  plan,
});
export type JobData = z.infer<typeof JOB>;

const note = z.strictObject({
  state: z.enum(['running', 'diverged', 'failed']),
  text,
  fix: text.nullable(),
  exitCode: z.int().min(0).max(255),
  data: text.nullable(),
});

/** How a cell has ended, sent back. */
export const RESULT = z.strictObject({
  format: z.literal('weft-result-1'),
  key: plainName,
  note: note.nullable(),
  files: z
    .array(z.strictObject({ name: plainName, sha256: hex, base64: z.string().max(Math.ceil(MOST_BYTES * 1.4)) }))
    .max(MOST_FILES),
});
export type ResultData = z.infer<typeof RESULT>;

/** What a worker tells of the cells of a group that it computes. */
export const PROGRESS = z.array(
  z.strictObject({
    key: plainName,
    label: text,
    state: z.enum(['waiting', 'running', 'done', 'diverged', 'failed']),
    by: text.nullable(),
    since: text.nullable(),
    about: text.nullable(),
    fix: text.nullable(),
    exitCode: z.int(),
  }),
);

/** @throws UsageError naming the first field that is not what it must be. */
export function parseMessage<T>(schema: z.ZodType<T>, message: unknown, what: string): T {
  const parsed = schema.safeParse(message);
  if (parsed.success) return parsed.data;
  const [{ path, message: why }] = parsed.error.issues;
  throw new UsageError(`${what} in the queue is none of Weft's: ${path.join('.')} ${why}`, {
    fix: 'use one version of Weft everywhere, and a server that nobody else writes to',
  });
}

/** Keys on the server begin with it. */
export const PREFIX = 'weft';
/** The queue of all tables; those of other versions of the engine are never seen. */
export const cellsQueue = (): string => `cells-${packageJson().version}`;
export const resultsQueue = (digest: string): string => `results-${digest.slice(0, 16)}`;
/** A group that is queued twice has the same, and is one. */
export const jobId = (digest: string, group: string): string => `${digest.slice(0, 16)}-${group}`;

/** Options whose value may be a file, and when it is none. */
const FILES: Readonly<Record<string, (value: string) => boolean>> = {
  pretrained: isNamed,
  classes: (spec) => !/\.ya?ml$/i.test(spec) && /[=,]/.test(spec),
  'class-vectors': () => false,
  'image-root': () => false,
};

/** The options that a plan has, its file's and their entries' included, by their names on the command line. */
function* allOptions(of: unknown): Generator<readonly [name: string, value: unknown]> {
  if (typeof of !== 'object' || of === null) return;
  for (const [name, own] of Object.entries(of)) {
    yield [name.replace(/_/g, '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), own];
    yield* allOptions(own);
  }
}

/**
 * What a plan may say to other machines.
 * @param hasData the worker was told where the data are; else they must be drawn, or published ones.
 * @throws UsageError for an option that names a file.
 */
export function requireNoFiles({ options, file }: Pick<CellPlan, 'options' | 'file'>, hasData: boolean): void {
  for (const [name, own] of [...allOptions(options), ...allOptions(file?.values)]) {
    if (name === 'data' && !hasData && typeof own === 'string' && !isDrawn(own) && !isDataSetName(own))
      throw new UsageError(`the table is of the data ${own}, and this worker was not told where they are`, {
        fix: 'start it with --data',
      });
    const isFree = FILES[name];
    if (isFree !== undefined && !(typeof own === 'string' && isFree(own)) && !isMap(name, own))
      throw new UsageError(`--${name} names a file, which a queue does not carry`, {
        fix: 'use --jobs, or --list-cells on a shared disk',
      });
  }
}

/** A map of classes that stands in the file of options itself. */
const isMap = (name: string, own: unknown): boolean => name === 'classes' && typeof own === 'object' && own !== null;
