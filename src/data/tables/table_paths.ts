/** Where the paths that a table or a list names lead. */
import { absolutePath, joinPath, parentFolder, pathState } from '#platform';
import { DataError } from '../../device/errors.js';
import { PICTURE_NAME } from '../pictures/file_kind.js';
import { worded, type Text } from '../../text/wording.js';

/** Kept beside a table under this name, as often as next to it. */
const PICTURES = 'images';
const ENDINGS = ['.jpg', '.jpeg', '.png', '.webp', '.JPG', '.JPEG', '.PNG', '.WEBP'];

/** The folder that paths count from, and must stay in. */
export interface PathRoot {
  readonly folder: string;
  /** Given by the user: then absolute paths, and those that count from the table's own folder, may lead into it too. */
  readonly table: string | null;
}

export function rootOf(path: string, imageRoot?: string): PathRoot {
  return imageRoot === undefined
    ? { folder: parentFolder(path), table: null }
    : { folder: imageRoot, table: parentFolder(path) };
}

/** The segments of a relative path without `.` and `..`; null when it leads out of the folder that it counts from. */
function inside(segments: readonly string[]): string[] | null {
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === '..' && kept.pop() === undefined) return null;
    if (segment !== '..' && segment !== '.' && segment !== '') kept.push(segment);
  }
  return kept;
}

const slashed = (path: string): string => path.replaceAll('\\', '/').replace(/\/+$/, '');

/**
 * A path of a table as one that can be opened; `\` separates as `/` does. It may not leave the table's folder: a table
 * from elsewhere could name any file. Links in that folder are followed.
 * @param where names file and line in messages. @throws DataError for an address, an absolute path, or one that leads
 * out by `..`.
 */
export function pathWithin({ folder, table }: PathRoot, name: string, where: string): string {
  const refused = (
    what: Text,
    fix: Text = worded`give the folder that all files are in: {imageRoot}
    DIR`,
  ): DataError => new DataError(worded`${where}: ${JSON.stringify(name.slice(0, 80))} ${what}`, { fix });
  if (name.includes('\0')) throw refused('is no path', 'mend the line');
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(name))
    throw refused('is an address, not a file', 'fetch the pictures first: weft data fetch TABLE');
  const path = slashed(name);
  const isAbsolute = path.startsWith('/') || /^[a-z]:/i.test(path);
  const own = isAbsolute ? null : inside(path.split('/'));
  if (own !== null) return joinPath(folder, ...own);
  if (table === null) throw refused(`leads out of ${folder || '.'}`);
  const whole = slashed(absolutePath(isAbsolute ? path : joinPath(table, path)));
  const root = slashed(absolutePath(folder));
  if (!whole.startsWith(`${root}/`)) throw refused(worded`leads out of {imageRoot} ${folder}`);
  return joinPath(folder, whole.slice(root.length + 1));
}

/**
 * Where a picture lies: as it is named or below `images`, perhaps without its ending, in whichever Unicode form the
 * file system has. Nowhere: as named.
 */
export async function locatePicture(root: PathRoot, name: string, where: string): Promise<string> {
  const forms = [...new Set([name, name.normalize('NFC'), name.normalize('NFD')])];
  const names = forms.flatMap((form) =>
    PICTURE_NAME.test(form) ? [form] : [form, ...ENDINGS.map((ending) => form + ending)],
  );
  for (const file of names.flatMap((n) =>
    /^(?:[/\\]|[a-z]:)|(?:^|[/\\])\.\.(?:[/\\]|$)/i.test(n) ? [n] : [n, `${PICTURES}/${n}`],
  )) {
    const path = pathWithin(root, file, where);
    if ((await pathState(path)).kind === 'file') return path;
  }
  return pathWithin(root, name, where);
}
