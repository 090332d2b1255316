/** Folders of pictures: a sub-folder for each class. */
import { joinPath, listDirectory, pathState } from '#platform';
import { DataError } from '../../device/errors.js';
import { namedAll } from '../../text/width.js';
import { countReasons, countsSaid } from './census.js';
import { inClassOrder } from '../class_order.js';
import { isHidden } from './file_kind.js';
import { scanFolder, type FolderScan, type ScannedFile } from './folder_scan.js';
import { groupBy } from '../tables/group_by.js';
import type { KnownFiles } from '../kept/known_files.js';
import { normalName } from '../names.js';
import { nameSome, partNamed, type ListedPicture, type Part, type PictureList } from './picture_list.js';

const FORM = 'a folder of pictures has a sub-folder for each class, or train, validation and test with those in them';

/** Names of the sub-folders that may hold data, sorted. */
export async function subfolders(folder: string): Promise<string[]> {
  const names = (await listDirectory(folder)).filter((name) => !isHidden(name));
  const states = await Promise.all(names.map((name) => pathState(joinPath(folder, name))));
  return names.filter((_, i) => states[i].kind === 'folder');
}

/** A class of a part, and what lies directly in its folder. */
interface ClassFolder {
  readonly name: string;
  readonly path: string;
  readonly pictures: readonly ScannedFile[];
}

/** The class folders in a folder. A link that leads to no picture is none. */
function classFolders({ folders, files }: FolderScan, home: string): { classes: ClassFolder[]; strangers: string[] } {
  const inFolder = groupBy(
    files.filter((f) => f.isPicture),
    (f) => f.folder,
  );
  const all = folders.filter((f) => f.parent === home).map((f) => ({ ...f, pictures: inFolder.get(f.path) ?? [] }));
  const isStranger = ({ isLinked, pictures }: (typeof all)[number]): boolean => isLinked && pictures.length === 0;
  return { classes: all.filter((f) => !isStranger(f)), strangers: all.filter(isStranger).map((f) => f.path) };
}

/** What is in no list, in words. */
function elsewhereNote(folders: readonly string[]): string[] {
  if (folders.length === 0) return [];
  const places = [...groupBy(folders, (f) => f)].map(([folder, { length }]) => `${length} in ${folder}`);
  return [
    `left out ${folders.length} ${folders.length === 1 ? 'picture that is' : 'pictures that are'} in no folder ` +
      `of a class of a part: ${nameSome(places)}`,
  ];
}

/**
 * Lists a folder of pictures. Classes are the names of the training part's sub-folders, in their order. With `train`
 * (and perhaps `validation` or `val`, and `test`) these are the parts; else all is for training but `testSplit`
 * (default none). A picture is what has the contents of one, whatever its name. All other files are left out for a
 * reason. Folders of classes and parts may be links.
 * @param earlier what earlier runs know of its files.
 * @throws DataError: no pictures, or a class that training does not have.
 */
export async function listImageFolder(
  directory: string,
  testSplit = 0,
  onProgress?: (found: number) => void,
  earlier?: KnownFiles,
): Promise<PictureList> {
  const names = await subfolders(directory);
  const folderOf = (part: Part): string | null => {
    const name = names.find((n) => partNamed(n) === part);
    return name === undefined ? null : joinPath(directory, name);
  };
  const train = folderOf('train');
  const home = train ?? directory;
  const parts = train === null ? [] : (['validation', 'test'] as const).flatMap((part) => folderOf(part) ?? []);
  const homes = new Set([home, ...parts]);
  const scan = await scanFolder(
    directory,
    (parent) => parent === directory || homes.has(parent),
    onProgress,
    (file, stamp) => (earlier?.hashOf(file, stamp) ?? null) !== null,
  );
  const { classes: own, strangers } = classFolders(scan, home);
  const classes = inClassOrder(own.map((f) => normalName(f.name))); // two folders may be one class in two Unicode forms
  if (classes.length === 0) throw new DataError(`${home}: has no sub-folders`, { fix: FORM });
  const listed = (folders: readonly ClassFolder[], part: Part | null): ListedPicture[] =>
    folders.flatMap(({ name, path, pictures }) => {
      const label = classes.indexOf(normalName(name));
      if (label < 0)
        throw new DataError(`${path}: there is no such class among the training pictures`, {
          fix: `the classes are ${namedAll(classes)}`,
        });
      return pictures.map(({ file, stamp }) => ({ file, stamp, label, part }));
    });
  const pictures = listed(
    [...own].sort((a, b) => classes.indexOf(normalName(a.name)) - classes.indexOf(normalName(b.name))),
    train === null ? null : 'train',
  );
  if (pictures.length === 0)
    throw new DataError(`${home}: its sub-folders hold no JPEG, PNG or WebP pictures${whatThere(scan, home)}`, {
      fix: FORM,
    });
  for (const part of ['validation', 'test'] as const) {
    const folder = train === null ? null : folderOf(part);
    if (folder === null) continue;
    const found = classFolders(scan, folder);
    strangers.push(...found.strangers);
    for (const picture of listed(found.classes, part)) pictures.push(picture);
  }
  const known = new Set(pictures.map((p) => p.file));
  for (const { path, alias } of scan.folders)
    if (alias !== undefined)
      for (const { file } of pictures)
        if (file.startsWith(joinPath(path, '/'))) known.add(alias + file.slice(path.length));
  const isElsewhere = (file: string): boolean => strangers.some((folder) => file.startsWith(joinPath(folder, '/')));
  const others = scan.files.filter((f) => !known.has(f.file) && !isElsewhere(f.file));
  const leftOut = [
    ...others.map(({ file, isPicture, why }) => ({ file, why: isPicture ? 'in no folder of a class' : why })),
    ...scan.leftOut.filter((f) => !isElsewhere(f.file)),
    ...strangers.map((file) => ({ file, why: 'that are links to no picture', isFolder: true as const })),
  ];
  return {
    name: directory,
    classes,
    pictures,
    testSplit,
    notes: elsewhereNote(others.filter((f) => f.isPicture).map((f) => f.folder)),
    leftOut,
  };
}

/** `: 4 GIF (not read), 1 empty`, of the class folders. */
function whatThere({ files }: FolderScan, home: string): string {
  const reasons = files.filter((f) => f.folder.startsWith(home)).map((f) => (f.isPicture ? 'further down' : f.why));
  return reasons.length === 0 ? '' : `: ${countsSaid(countReasons(reasons))}`;
}
