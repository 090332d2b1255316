/** Folders of pictures whose parts are lists beside them: `train.txt` (or `.csv`), `validation`, `test`. */
import { joinPath } from '#platform';
import { DataError } from '../device/errors.js';
import { inClassOrder } from './class_order.js';
import { parseCsv } from './csv_fields.js';
import { readDataFile } from './data_file.js';
import { PICTURE_NAME } from './file_kind.js';
import { scanFolder } from './folder_scan.js';
import { LABEL_NAMES } from './labels.js';
import { partNamed, PARTS, type ListedPicture, type Part, type PictureList } from './picture_list.js';

const LIST_NAME = /^(.+)\.(txt|csv)$/i;
const FORM = 'write the path of a picture a line, e.g. CLASS/FILE.jpg';
const NO_LIST = 'in no list';
const CLASS_COLUMNS = [...LABEL_NAMES, 'category', 'style'];

/** The list of a part among the names of a folder. */
function listOf(names: readonly string[], part: Part): string | null {
  return names.find((name) => partNamed(LIST_NAME.exec(name)?.[1] ?? '') === part) ?? null;
}

/** Whether a folder has at least a list of training pictures. */
export function hasSplitLists(names: readonly string[]): boolean {
  return listOf(names, 'train') !== null;
}

interface Entry {
  /** Relative to the folder. */
  readonly path: string;
  readonly label: string;
}

/** `a/b/c.jpg` is in `b`; a path without folders in none. */
function folderName(path: string): string | undefined {
  return path.split('/').at(-2);
}

/** One line of a .txt: the path, then blanks or a comma and perhaps more. */
function fieldsOfLine(line: string): string[] {
  const [, path, more] = /^(.*?\.(?:jpe?g|png|webp))(?:[\s,;]+(.*))?$/i.exec(line) ?? [];
  return path === undefined ? line.split(/[\s,;]+/) : [path, ...(more === undefined ? [] : more.split(/[\s,;]+/))];
}

/** @throws DataError naming the line that is none. */
function parseList(text: string, file: string): Entry[] {
  const rows = /\.csv$/i.test(file) ? parseCsv(text, file) : text.split(/\r?\n/).flatMap((line, i) => (line.trim() === '' ? [] : [{ line: i + 1, fields: fieldsOfLine(line.trim()) }]));
  const pictureField = (fields: readonly string[]): number => fields.findIndex((f) => PICTURE_NAME.test(f.trim()));
  const header = rows.length > 0 && pictureField(rows[0].fields) < 0 ? rows[0].fields.map((f) => f.trim().toLowerCase()) : null;
  const column = header?.findIndex((name) => CLASS_COLUMNS.includes(name)) ?? -1;
  return rows.slice(header === null ? 0 : 1).map(({ line, fields }) => {
    const at = pictureField(fields);
    if (at < 0) throw new DataError(`${file}:${line}: ${JSON.stringify(fields.join(',').slice(0, 60))} names no .jpg, .jpeg, .png or .webp file`, { fix: FORM });
    const path = fields[at].trim().replaceAll('\\', '/').replace(/^(\.?\/)+/, '');
    const label = (column >= 0 ? fields[column] : folderName(path) ?? fields[at + 1])?.trim();
    if (label === undefined || label === '') throw new DataError(`${file}:${line}: ${path}: nothing says what it shows: it is in no folder of a class`, { fix: FORM });
    return { path, label };
  });
}

/**
 * Lists a folder with split lists (the layout of FashionStyle14). What a picture shows is what a column called label, class, category or
 * style says; else the name of the folder that it lies in; else the field after its path. Pictures in no list are left out and counted.
 * @throws DataError: a line that names no picture or no class, an empty list.
 */
export async function listSplitLists(directory: string, names: readonly string[], onProgress?: (found: number) => void): Promise<PictureList> {
  const entries: (Entry & { readonly part: Part })[] = [];
  for (const part of PARTS) {
    const name = listOf(names, part);
    if (name === null) continue;
    const file = joinPath(directory, name);
    const found = parseList(new TextDecoder().decode(await readDataFile(file)), file);
    if (found.length === 0) throw new DataError(`${file}: names no pictures`, { fix: FORM });
    for (const entry of found) entries.push({ ...entry, part });
  }
  const classes = inClassOrder(entries.map((e) => e.label));
  const pictures = entries.map(({ path, label, part }): ListedPicture => ({ file: joinPath(directory, path), label: classes.indexOf(label), part }));
  const known = new Set([...pictures.map((p) => p.file), ...PARTS.flatMap((part) => listOf(names, part) ?? []).map((name) => joinPath(directory, name))]);
  const { files, leftOut } = await scanFolder(directory, (parent) => parent === directory, onProgress);
  const others = files.filter((f) => !known.has(f.file)).map(({ file, isPicture, why }) => ({ file, why: isPicture ? NO_LIST : why }));
  const unlisted = others.filter((f) => f.why === NO_LIST).length;
  return {
    name: directory, classes, pictures, testSplit: 0, leftOut: [...others, ...leftOut],
    notes: unlisted === 0 ? [] : [`left out ${unlisted} ${unlisted === 1 ? 'picture' : 'pictures'} that no list names`],
  };
}
