/** Folders of pictures: a sub-folder for each class. */
import { fileInfo, joinPath, listDirectory } from '#platform';
import { DataError } from '../device/errors.js';
import { inClassOrder } from './class_order.js';
import { PICTURE_NAME } from './picture.js';
import { nameSome, partNamed, type ListedPicture, type Part, type PictureList } from './picture_list.js';

const FORM = 'a folder of pictures has a sub-folder for each class, or train, validation and test with those in them';

/** Names of the sub-folders, sorted. */
export async function subfolders(folder: string): Promise<string[]> {
  const names = (await listDirectory(folder)).filter((name) => !name.startsWith('.'));
  const infos = await Promise.all(names.map((name) => fileInfo(joinPath(folder, name))));
  return names.filter((_, i) => infos[i]?.isDirectory);
}

/** Names of the pictures in a folder, sorted. */
export async function pictureNames(folder: string): Promise<string[]> {
  return (await listDirectory(folder)).filter((name) => PICTURE_NAME.test(name) && !name.startsWith('.'));
}

/** The pictures of one part. @throws DataError when it has a class that `classes` does not. */
async function listPart(folder: string, classes: readonly string[], part: Part | null): Promise<ListedPicture[]> {
  const pictures: ListedPicture[] = [];
  for (const name of await subfolders(folder)) {
    const label = classes.indexOf(name);
    if (label < 0) throw new DataError(`${joinPath(folder, name)}: there is no such class among the training pictures`, { fix: `the classes are ${classes.join(', ')}` });
    for (const file of await pictureNames(joinPath(folder, name))) pictures.push({ file: joinPath(folder, name, file), label, part });
  }
  return pictures;
}

/** Folders within folders that are looked into for pictures which nobody reads. */
const DEPTH = 6;

/** Folders at and below this one that have pictures which `listed` does not, and how many. */
async function unlisted(folder: string, listed: ReadonlySet<string>, depth = DEPTH): Promise<[folder: string, count: number][]> {
  const names = (await listDirectory(folder)).filter((name) => !name.startsWith('.'));
  const count = names.filter((name) => PICTURE_NAME.test(name) && !listed.has(joinPath(folder, name))).length;
  const found: [string, number][] = count === 0 ? [] : [[folder, count]];
  for (const name of depth === 0 ? [] : names.filter((n) => !PICTURE_NAME.test(n))) {
    const inner = joinPath(folder, name);
    if ((await fileInfo(inner))?.isDirectory) for (const entry of await unlisted(inner, listed, depth - 1)) found.push(entry);
  }
  return found;
}

/** What to say of pictures that lie where none are looked for: beside the folders of classes, below them, or in a folder of no part. */
async function unlistedNotes(directory: string, pictures: readonly ListedPicture[]): Promise<string[]> {
  const found = await unlisted(directory, new Set(pictures.map((p) => p.file)));
  const total = found.reduce((n, [, count]) => n + count, 0);
  if (total === 0) return [];
  return [`left out ${total} ${total === 1 ? 'picture that is' : 'pictures that are'} in no folder of a class of a part: ${nameSome(found.map(([folder, count]) => `${count} in ${folder}`))}`];
}

/**
 * Lists a folder of pictures. Classes are the names of the training part's sub-folders, sorted. With `train` (and perhaps `validation` or
 * `val`, and `test`) these are the parts; else all is for training but `testSplit` (default none). Pictures that lie elsewhere are counted in the notes.
 * @throws DataError: no pictures, or a class that training does not have.
 */
export async function listImageFolder(directory: string, testSplit = 0): Promise<PictureList> {
  const names = await subfolders(directory);
  const folderOf = (part: Part): string | null => names.find((name) => partNamed(name) === part) ?? null;
  const train = folderOf('train');
  const home = train === null ? directory : joinPath(directory, train);
  const classes = inClassOrder(await subfolders(home));
  if (classes.length === 0) throw new DataError(`${home}: has no sub-folders`, { fix: FORM });
  const pictures = await listPart(home, classes, train === null ? null : 'train');
  if (pictures.length === 0) throw new DataError(`${home}: its sub-folders hold no .jpg, .jpeg, .png or .webp files`, { fix: FORM });
  for (const part of ['validation', 'test'] as const) {
    const folder = train === null ? null : folderOf(part);
    if (folder !== null) for (const picture of await listPart(joinPath(directory, folder), classes, part)) pictures.push(picture);
  }
  return { name: directory, classes, pictures, testSplit, notes: await unlistedNotes(directory, pictures) };
}
