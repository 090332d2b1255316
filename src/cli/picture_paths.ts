/**
 * The pictures that a command's arguments name: files, folders with all below them, and patterns that the shell has
 * left alone.
 */
import { readdir } from 'node:fs/promises';
import { joinPath, pathState } from '#platform';
import { PICTURE_NAME } from '../data/pictures/file_kind.js';
import { DataError } from '../device/errors.js';

/** `*` and `?` within a name, `**` over folders, `[abc]`. */
function patternOf(text: string): RegExp {
  const escaped = text.replace(/[.+^${}()|\\]/g, '\\$&');
  const pattern = escaped.replace(/\*\*\/?|\*|\?/g, (sign) =>
    sign.startsWith('**') ? '(?:.*)' : sign === '*' ? '[^/]*' : '[^/]',
  );
  return new RegExp(`^${pattern}$`, 'u');
}

/** Paths of all files below a folder, in order; hidden ones and links are left alone. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = (await readdir(folder === '' ? '.' : folder, { withFileTypes: true })).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  const found: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = folder === '' ? entry.name : joinPath(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesBelow(path)));
    else if (entry.isFile()) found.push(path);
  }
  return found;
}

/**
 * A file that is not there is named when it is read.
 * @param onNone is told of a folder without a picture, and of a pattern that nothing matches; the others are still
 * wanted.
 */
export async function picturePaths(
  given: readonly string[],
  onNone: (text: string, error: DataError) => void,
): Promise<string[]> {
  const paths: string[] = [];
  for (const text of given) {
    const { kind } = await pathState(text);
    if (kind === 'folder') {
      const pictures = (await filesBelow(text)).filter((path) => PICTURE_NAME.test(path));
      if (pictures.length === 0) onNone(text, new DataError(`${text}: no picture is in this folder`));
      paths.push(...pictures);
    } else if (kind === 'absent' && /[*?[]/.test(text)) {
      const fixed = text
        .slice(0, text.search(/[*?[]/))
        .replace(/[^/]*$/, '')
        .replace(/(?<=.)\/$/, '');
      const pattern = patternOf(text.replace(/^\.\//, ''));
      const below =
        (await pathState(fixed === '' ? '.' : fixed)).kind === 'folder'
          ? await filesBelow(fixed.replace(/^\.$/, ''))
          : [];
      const matching = below.filter((path) => pattern.test(path.replace(/^\.\//, '').replaceAll('\\', '/')));
      if (matching.length === 0) onNone(text, new DataError(`${text}: no file matches`));
      paths.push(...matching);
    } else paths.push(text);
  }
  return [...new Set(paths)];
}
