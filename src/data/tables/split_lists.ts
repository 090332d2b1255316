/** Folders of pictures whose parts are lists or tables beside them: `train.txt` (or `.csv`), `validation`, `test`. */
import { joinPath } from '#platform';
import { DataError } from '../../device/errors.js';
import { readDataFile } from '../files/data_file.js';
import { PICTURE_NAME } from '../pictures/file_kind.js';
import { scanFolder } from '../pictures/folder_scan.js';
import { readPictureTable, withClasses, type TableOptions, type TablePicture } from './labelled_csv.js';
import { normalName } from '../names.js';
import type { Part, PictureList } from '../pictures/picture_list.js';
import { isTableName } from './part_files.js';
import { locatePicture, rootOf } from './table_paths.js';
import { decodeText, MAX_TEXT } from './text.js';

const FORM = 'write the path of a picture a line, e.g. CLASS/FILE.jpg';
const NO_LIST = 'in no list';
/** Columns of classes besides the usual ones. */
const CLASS_COLUMNS = ['category', 'style'];

/** `a/b/c.jpg` is in `b`; a path without folders in none. */
function folderName(path: string): string | undefined {
  return path.split('/').at(-2);
}

/** One line of a .txt: the path, then blanks or a comma and perhaps more. */
function fieldsOfLine(line: string): string[] {
  const [, path, more] = /^(.*?\.(?:jpe?g|png|webp))(?:[\s,;]+(.*))?$/i.exec(line) ?? [];
  return path === undefined ? line.split(/[\s,;]+/) : [path, ...(more === undefined ? [] : more.split(/[\s,;]+/))];
}

/** The pictures of a .txt. @throws DataError naming the line that is none. */
async function readList(text: string, file: string, imageRoot?: string): Promise<TablePicture[]> {
  const root = rootOf(file, imageRoot);
  const lines = text
    .split(/\r\n?|\n/)
    .flatMap((line, i) => (line.trim() === '' ? [] : [{ line: i + 1, fields: fieldsOfLine(line.trim()) }]));
  const pictureField = (fields: readonly string[]): number => fields.findIndex((f) => PICTURE_NAME.test(f.trim()));
  const header =
    lines.length > 0 && pictureField(lines[0].fields) < 0 ? lines[0].fields.map((f) => f.trim().toLowerCase()) : null;
  const column = header?.findIndex((name) => ['label', 'class', 'target', ...CLASS_COLUMNS].includes(name)) ?? -1;
  const pictures: TablePicture[] = [];
  for (const { line, fields } of lines.slice(header === null ? 0 : 1)) {
    const at = pictureField(fields);
    if (at < 0)
      throw new DataError(
        `${file}:${line}: ${JSON.stringify(fields.join(',').slice(0, 60))} names no .jpg, .jpeg, .png or .webp file`,
        { fix: FORM },
      );
    const path = fields[at]
      .trim()
      .replaceAll('\\', '/')
      .replace(/^(\.?\/)+/, '');
    const label = (column >= 0 ? fields[column] : (folderName(path) ?? fields[at + 1]))?.trim();
    if (label === undefined || label === '')
      throw new DataError(`${file}:${line}: ${path}: nothing says what it shows: it is in no folder of a class`, {
        fix: FORM,
      });
    pictures.push({
      file: await locatePicture(root, path, `${file}:${line}`),
      className: normalName(label),
      part: null,
    });
  }
  return pictures;
}

/**
 * Lists a folder by the tables or lists of its parts (the layout of FashionStyle14). What a picture shows is what a
 * column called label, class, category or style says; else the name of the folder that it lies in; else the field after
 * its path. Pictures in no list are left out and counted.
 * @throws DataError: a line that names no picture or no class, an empty list.
 */
export async function listSplitLists(
  directory: string,
  files: ReadonlyMap<Part, string>,
  options: TableOptions = {},
  onProgress?: (found: number) => void,
): Promise<PictureList> {
  const entries: TablePicture[] = [];
  const notes: string[] = [];
  let labelColumn: string | null = null;
  for (const [part, name] of files) {
    const file = joinPath(directory, name);
    const bytes = await readDataFile(file, { maxBytes: MAX_TEXT });
    if (isTableName(name)) {
      const table = await readPictureTable(bytes, file, options, CLASS_COLUMNS);
      notes.push(...table.notes.map((note) => `${file}: ${note}`));
      entries.push(...table.pictures.map((picture) => ({ ...picture, part })));
      if (part === 'train') labelColumn = table.labelColumn;
    } else {
      const pictures = await readList(decodeText(bytes, file, options.encoding).text, file, options.imageRoot);
      if (pictures.length === 0) throw new DataError(`${file}: names no pictures`, { fix: FORM });
      entries.push(...pictures.map((picture) => ({ ...picture, part })));
    }
  }
  const known = new Set([
    ...entries.map((p) => p.file),
    ...[...files.values()].map((name) => joinPath(directory, name)),
  ]);
  const scan = await scanFolder(directory, (parent) => parent === directory, onProgress);
  const others = scan.files
    .filter((f) => !known.has(f.file))
    .map(({ file, isPicture, why }) => ({ file, why: isPicture ? NO_LIST : why }));
  const unlisted = others.filter((f) => f.why === NO_LIST).length;
  if (unlisted > 0) notes.unshift(`left out ${unlisted} ${unlisted === 1 ? 'picture' : 'pictures'} that no list names`);
  return {
    name: directory,
    ...withClasses(entries),
    testSplit: 0,
    leftOut: [...others, ...scan.leftOut],
    notes,
    ...(labelColumn === null ? {} : { labelColumn }),
  };
}
