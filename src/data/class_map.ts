/**
 * Merging classes: `tops: [t-shirt, shirt, longsleeve]` makes one class of three, and what is not named is left out.
 */
import { DataError, UsageError } from '../device/errors.js';
import { named, namedAll } from '../text/width.js';
import type { DatasetSplits, ImageDataset } from './dataset.js';
import { isStored, type Images } from './images.js';
import { selectStored } from './image_views.js';
import { normalName } from './names.js';
import { readYaml } from './files/yaml_file.js';
import { worded, type Text } from '../text/wording.js';

/** New class, in order, and which of the data's classes it is made of. */
export type ClassMap = Readonly<Record<string, readonly string[]>>;

const FORM = 'write a line for each new class, e.g. tops: [t-shirt, shirt]';
const INLINE = worded`e.g. {classes} hat,tops=t-shirt+shirt, or a YAML file (which can name classes with such
  signs in them)`;

/** Whether a value from a file is a map of at least one class, each of at least one, none twice. */
export function isClassMap(value: unknown): value is ClassMap {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const lists = Object.values(value) as unknown[];
  const isList = (list: unknown): boolean =>
    Array.isArray(list) && list.length > 0 && list.every((name) => typeof name === 'string' && name !== '');
  const names = lists.flat();
  return lists.length > 0 && lists.every(isList) && new Set(names).size === names.length;
}

/** @throws UsageError naming what is wrong with a list of classes. */
function requireMap(value: unknown, source: string, fix: Text): ClassMap {
  if (isClassMap(value)) return value;
  const names = typeof value === 'object' && value !== null ? Object.values(value).flat() : [];
  const twice = names.find((name, i) => names.indexOf(name) < i);
  throw new UsageError(
    worded`{classes} ${source}: ${typeof twice === 'string' ? `${twice} is named twice` : 'is no map of classes'}`,
    { fix },
  );
}

/** What `--classes` says: `hat,tops=t-shirt+shirt` or `hat,shirt` itself, else a YAML file. @throws UsageError */
export async function parseClasses(spec: string): Promise<ClassMap> {
  if (/\.ya?ml$/i.test(spec) || !/[=,]/.test(spec)) return readClassMap(spec);
  const pairs = normalName(spec)
    .split(',')
    .map((word) => {
      const [name, ...parts] = word.split('=').map((w) => w.trim());
      if (name === '' || parts.length > 1)
        throw new UsageError(worded`{classes} ${spec}: ${JSON.stringify(word)} is not NEW=OLD+OLD`, { fix: INLINE });
      return [name, (parts[0] ?? name).split('+').map((w) => w.trim())] as const;
    });
  const twice = pairs.find(([name], i) => pairs.findIndex(([n]) => n === name) < i);
  if (twice !== undefined)
    throw new UsageError(
      worded`{classes} ${spec}: ${twice[0]} is named
    twice`,
      { fix: INLINE },
    );
  return requireMap(Object.fromEntries(pairs), spec, INLINE);
}

/**
 * Reads a YAML file. @throws UsageError, naming the file, when it is no class map; DataError when it cannot be read.
 */
export async function readClassMap(path: string): Promise<ClassMap> {
  const value = await readYaml(path, 'classes', FORM, 'failsafe'); // a class called 3, 1.0 or true is called so
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  const normal = (name: unknown): unknown => (typeof name === 'string' ? normalName(name) : name);
  const lists = isMap
    ? Object.entries(value as object).map(
        ([name, list]) => [normalName(name), (Array.isArray(list) ? list : [list]).map(normal)] as const,
      )
    : null; // one name may stand without brackets
  const twice = lists?.find(([name], i) => lists.findIndex(([n]) => n === name) < i);
  if (twice !== undefined) throw new UsageError(worded`{classes} ${path}: ${twice[0]} is named twice`, { fix: FORM });
  return requireMap(lists === null ? value : Object.fromEntries(lists), path, FORM);
}

/** What of a map is about data with these classes, which may have only some of its names; undefined when none is. */
export function knownPart(map: ClassMap, classes: readonly string[]): ClassMap | undefined {
  const known = new Set(classes.map(normalName));
  const entries = Object.entries(map).map(
    ([name, parts]) => [name, parts.filter((part) => known.has(normalName(part)))] as const,
  );
  const found = entries.filter(([, parts]) => parts.length > 0);
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** @throws DataError when data with these classes have none of a name in the map. */
export function requireParts(name: string, classes: readonly string[], map: ClassMap): void {
  const known = new Set(classes.map(normalName));
  // Parts in a checkpoint of an earlier version may have another Unicode form.
  const unknown = Object.values(map)
    .flat()
    .find((part) => !known.has(normalName(part)));
  if (unknown === undefined) return;
  throw new DataError(`${name}: has no class ${JSON.stringify(unknown)}`, {
    fix: `its classes are ${namedAll(classes)}`,
  });
}

/** Some of the images, in order: in memory they move up. */
function keptImages({ images, count, channels, height, width }: ImageDataset, kept: readonly number[]): Images {
  if (kept.length === count) return images;
  if (isStored(images)) return selectStored(images, Uint32Array.from(kept));
  const size = channels * height * width;
  for (const [i, n] of kept.entries()) if (i < n) images.copyWithin(i * size, n * size, (n + 1) * size);
  return images.subarray(0, kept.length * size);
}

/** @throws DataError as `requireParts`. */
function mergeOne(data: ImageDataset, map: ClassMap): { data: ImageDataset; left: Map<string, number> } {
  const classes = Object.keys(map);
  const target = new Map(
    Object.entries(map).flatMap(([name, parts]) =>
      parts.map((part) => [normalName(part), classes.indexOf(name)] as const),
    ),
  );
  requireParts(data.name, data.classes, map);
  const kept: number[] = [];
  const left = new Map<string, number>();
  const targets = data.classes.map((name) => target.get(normalName(name)));
  for (let n = 0; n < data.count; n++) {
    const name = data.classes[data.labels[n]];
    if (targets[data.labels[n]] !== undefined) kept.push(n);
    else left.set(name, (left.get(name) ?? 0) + 1);
  }
  const labels = Uint32Array.from(kept, (n) => targets[data.labels[n]] as number);
  const { classFields: _, ...rest } = data; // of classes that are no more
  const { validationStart: start, groups, origins } = data;
  return {
    data: {
      ...rest,
      images: keptImages(data, kept),
      labels,
      count: kept.length,
      classes,
      ...(start === undefined ? {} : { validationStart: kept.filter((n) => n < start).length }),
      ...(groups === undefined ? {} : { groups: Uint32Array.from(kept, (n) => groups[n]) }),
      ...(origins === undefined ? {} : { origins: kept.map((n) => origins[n]) }),
    },
    left,
  };
}

/**
 * Both parts with merged classes; what was left out is counted in the notes. The images move up in their memory, which
 * may be most of the machine's: the data sets given are used up.
 * @throws DataError
 */
export function mergeClasses(splits: DatasetSplits, map: ClassMap): DatasetSplits {
  const train = mergeOne(splits.train, map);
  const test = splits.test === null ? null : mergeOne(splits.test, map);
  const empty = train.data.classes.find((_, c) => !train.data.labels.includes(c));
  if (empty !== undefined)
    throw new DataError(`${splits.train.name}: class ${named(empty)} has no images`, {
      fix: 'name classes that have some',
    });
  const left = new Map(train.left);
  for (const [name, n] of test?.left ?? []) left.set(name, (left.get(name) ?? 0) + n);
  const note = [...left].map(([name, n]) => `${n} of ${name}`).join(', ');
  return {
    ...splits,
    train: train.data,
    test: test?.data ?? null,
    notes: [...(splits.notes ?? []), ...(note === '' ? [] : [`classes left out: ${note}`])],
  };
}
