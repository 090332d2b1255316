/**
 * Tar files of pictures as shards of one data set: in WebDataset's layout, where what belongs together has one name
 * (`000012.jpg`, `000012.cls`), or as packed folders of classes.
 */
import { fileInfo, joinPath, listDirectory, parentFolder, readBytes } from '#platform';
import { DataError } from '../../device/errors.js';
import { worded } from '../../text/wording.js';
import { inClassOrder } from '../class_order.js';
import { normalName } from '../names.js';
import { isHidden, PICTURE_NAME } from '../pictures/file_kind.js';
import {
  nameSome,
  partNamed,
  type LeftOutFile,
  type ListedPicture,
  type Part,
  type PictureList,
} from '../pictures/picture_list.js';
import { columnKey, LABEL_NAMES } from '../tables/labels.js';
import { readTarMember, tarIndex } from './tar_index.js';

/** Files of labels are small. */
const MOST_LABEL = 2 ** 20;
/** Names of the numbers that labels are, a line each. */
const NAME_FILES: readonly string[] = ['classes.txt', 'classnames.txt'];
/** A pattern makes at most so many names. */
const MOST_NAMES = 1e6;

/** A range or a list in braces, as Bash writes them. */
const BRACES = /\{(?:(\d+)\.\.(\d+)|([^{}]*,[^{}]*))\}/;

function expanded(pattern: string): string[] {
  const found = BRACES.exec(pattern);
  if (found === null) return [pattern];
  const [all, first, last, list] = found;
  const digits = Math.max(first?.length ?? 0, last?.length ?? 0);
  const count = list === undefined ? Number(last) - Number(first) + 1 : 0;
  if (count > MOST_NAMES) throw new DataError(`${pattern}: makes ${count} names`, { fix: 'name fewer' });
  const words =
    list?.split(',') ??
    Array.from({ length: Math.max(0, count) }, (_, i) => String(Number(first) + i).padStart(digits, '0'));
  return words.flatMap((word) => expanded(pattern.replace(all, () => word)));
}

/** The paths that a name with `*`, `?` or braces stands for, in order; null for a plain name. @throws DataError */
export async function matchingFiles(pattern: string): Promise<string[] | null> {
  if (!/[*?]/.test(pattern) && !BRACES.test(pattern)) return null;
  const paths: string[] = [];
  for (const name of expanded(pattern)) {
    if (!/[*?]/.test(name)) {
      if ((await fileInfo(name)) === null)
        throw new DataError(`${pattern}: there is no ${name}`, { fix: 'name only those that are there' });
      paths.push(name);
      continue;
    }
    const folder = parentFolder(name);
    const last = name.split(/[\\/]/).at(-1) as string;
    const form = last
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.');
    const matches = new RegExp(`^${form}$`);
    const names = (await fileInfo(folder))?.isDirectory === true ? await listDirectory(folder) : [];
    paths.push(...names.filter((n) => matches.test(n) && !isHidden(n)).map((n) => joinPath(folder, n)));
  }
  if (paths.length === 0) throw new DataError(`${pattern}: no file has such a name`, { fix: 'check the path' });
  return [...new Set(paths)];
}

/** The part that a shard's name says: `train-000000.tar`, `photos_val_3.tar`. */
function partOf(path: string): Part | null {
  const words = (path.split(/[\\/]/).at(-1) as string).replace(/\.tar$/i, '').split(/[-_.]/);
  return words.map(partNamed).find((part) => part !== null) ?? null;
}

/** What has one name in a shard: WebDataset cuts it at the first dot. */
interface Sample {
  picture?: string;
  readonly labels: Map<string, string>;
}

/** The files of labels, the surest first. */
const LABEL_ENDINGS: readonly string[] = ['cls', 'json', 'txt'];

async function labelIn(
  tar: string,
  member: string,
  ending: string,
  column: string | undefined,
): Promise<string | null> {
  const text = new TextDecoder().decode(await readTarMember(tar, member, MOST_LABEL)).trim();
  if (ending !== 'json') return text === '' ? null : text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DataError(`${tar}/${member}: is no JSON`, { fix: 'pack it again', cause: error });
  }
  const fields = Object.entries(typeof value === 'object' && value !== null ? value : { label: value as unknown });
  const found =
    column !== undefined
      ? fields.find(([name]) => name === column)
      : ['cls', ...LABEL_NAMES]
          .map((key) => fields.find(([name]) => columnKey(name) === key))
          .find((field) => field !== undefined);
  return typeof found?.[1] === 'string' || typeof found?.[1] === 'number' ? String(found[1]) : null;
}

interface Found {
  readonly file: string;
  readonly label: string;
  readonly part: Part | null;
  readonly stamp: string;
  /** What it is sorted by. */
  readonly path: string;
}

async function picturesIn(
  tar: string,
  part: Part | null,
  column: string | undefined,
  names: readonly string[] | null,
  left: LeftOutFile[],
): Promise<Found[]> {
  const { members, stamp } = await tarIndex(tar);
  const samples = new Map<string, Sample>();
  for (const path of members.keys()) {
    const [, key, ending] = /^((?:.*\/)?[^/.]*)\.?([^/]*)$/.exec(path) ?? [];
    if (path.split('/').some(isHidden)) {
      left.push({ file: `${tar}/${path}`, why: 'hidden' });
      continue;
    }
    const sample: Sample = samples.get(key) ?? { labels: new Map() };
    samples.set(key, sample);
    const kind = ending.toLowerCase().split('.').at(-1) as string;
    if (PICTURE_NAME.test(`.${kind}`)) {
      if (sample.picture === undefined) sample.picture = path;
      else left.push({ file: `${tar}/${path}`, why: 'another picture of the same name' });
    } else if (LABEL_ENDINGS.includes(kind)) sample.labels.set(kind, path);
  }
  const found: Found[] = [];
  for (const { picture, labels } of samples.values()) {
    if (picture === undefined) continue;
    let label: string | null = null;
    // text is a label where nothing else is: it is often a caption
    for (const ending of LABEL_ENDINGS)
      if (label === null && labels.has(ending))
        label = await labelIn(tar, labels.get(ending) as string, ending, column);
    const folders = picture.split('/').slice(0, -1);
    const own = part ?? (folders.length > 1 ? partNamed(folders[0]) : null);
    label ??= folders.at(-1) ?? null;
    if (label === null) {
      left.push({ file: `${tar}/${picture}`, why: 'without a label' });
      continue;
    }
    const name = names !== null && /^\d+$/.test(label) ? (names[Number(label)] ?? label) : label;
    const { offset } = members.get(picture) as { offset: number };
    found.push({
      file: `${tar}/${picture}`,
      label: normalName(name),
      part: own,
      stamp: `${offset}:${stamp}`,
      path: `${picture}\0${tar}`,
    });
  }
  return found;
}

/**
 * Lists the pictures of shards, class by class and by their names there. A label is what `.cls`, `.json` (its field
 * `column`, or what is usual) or `.txt` of the same name says, else the folder. Parts are those that the shards' names
 * say, or the outermost folders' in them; without any, `testSplit` is for testing.
 * @param name for messages. @throws DataError: no tar, or no picture with a label.
 */
export async function listTarShards(
  name: string,
  shards: readonly string[],
  { label: column, testSplit = 0 }: { readonly label?: string | undefined; readonly testSplit?: number | undefined },
  onProgress?: (found: number) => void,
): Promise<PictureList> {
  const beside = parentFolder(shards[0]);
  const namesAt = (await listDirectory(beside)).find((file) => NAME_FILES.includes(file.toLowerCase()));
  const text = namesAt === undefined ? null : new TextDecoder().decode(await readBytes(joinPath(beside, namesAt)));
  const names =
    text
      ?.trim()
      .split(/\r?\n/)
      .map((line) => line.trim()) ?? null;
  const parts = shards.map(partOf);
  const areParts = parts.includes('train');
  const found: Found[] = [];
  const leftOut: LeftOutFile[] = [];
  for (const [i, shard] of shards.entries()) {
    for (const one of await picturesIn(shard, areParts ? parts[i] : null, column, names, leftOut)) found.push(one);
    onProgress?.(found.length);
  }
  const hasTrain = found.some((f) => f.part === 'train');
  const taught = found.filter((f) => !hasTrain || f.part === 'train' || f.part === null);
  const classes = inClassOrder(taught.map((f) => f.label));
  if (classes.length === 0)
    throw new DataError(
      `${name}: ${shards.length === 1 ? 'holds' : `${shards.length} files hold`} no JPEG, PNG or WebP picture with a ` +
        `label${leftOut.length === 0 ? '' : ` (${nameSome(leftOut.map(({ file, why }) => `${file} ${why}`))})`}`,
      {
        fix: worded`a label is 12.cls, 12.json or 12.txt beside 12.jpg (which field of it: {label}), or the folder that
          the picture lies in`,
      },
    );
  const order = new Map(classes.map((c, i) => [c, i]));
  const stranger = found.find((f) => !order.has(f.label));
  if (stranger !== undefined)
    throw new DataError(`${stranger.file}: there is no class ${stranger.label} among the training pictures`, {
      fix: 'add training pictures of it, or leave it out',
    });
  const pictures = found
    .map(({ file, label, part, stamp, path }) => {
      const listed: ListedPicture = { file, label: order.get(label) as number, part: hasTrain ? part : null, stamp };
      return { listed, path };
    })
    .sort((a, b) => a.listed.label - b.listed.label || (a.path < b.path ? -1 : 1))
    .map(({ listed }) => listed);
  return {
    name,
    classes,
    pictures,
    testSplit,
    notes: [],
    leftOut,
    ...(column === undefined ? {} : { labelColumn: column }),
  };
}
