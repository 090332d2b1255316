/** Folders of pictures: a sub-folder for each class. */
import { fileInfo, joinPath, listDirectory } from '#platform';
import { DataError } from '../device/errors.js';
import { PICTURE_NAME } from './picture.js';
import { partNamed, type ListedPicture, type Part, type PictureList } from './picture_list.js';

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

/**
 * Lists a folder of pictures. Classes are the names of the training part's sub-folders, sorted. With `train` (and perhaps `validation` or
 * `val`, and `test`) these are the parts; else all is for training but `testSplit` (default none).
 * @throws DataError: no pictures, or a class that training does not have.
 */
export async function listImageFolder(directory: string, testSplit = 0): Promise<PictureList> {
  const names = await subfolders(directory);
  const folderOf = (part: Part): string | null => names.find((name) => partNamed(name) === part) ?? null;
  const train = folderOf('train');
  const home = train === null ? directory : joinPath(directory, train);
  const classes = await subfolders(home);
  if (classes.length === 0) throw new DataError(`${home}: has no sub-folders`, { fix: FORM });
  const pictures = await listPart(home, classes, train === null ? null : 'train');
  if (pictures.length === 0) throw new DataError(`${home}: its sub-folders hold no .jpg, .jpeg, .png or .webp files`, { fix: FORM });
  for (const part of ['validation', 'test'] as const) {
    const folder = train === null ? null : folderOf(part);
    if (folder !== null) pictures.push(...(await listPart(joinPath(directory, folder), classes, part)));
  }
  return { name: directory, classes, pictures, testSplit, notes: [] };
}
