/** Text as rows of fields, after RFC 4180. */
import { DataError } from '../../device/errors.js';
import { unguarded } from '../../text/csv.js';

export interface CsvRow {
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

const [TAB, LF, CR, BLANK, QUOTE, APOSTROPHE] = [9, 10, 13, 32, 34, 39];
/** Of one row: a picture of 512x512 has 262,144 pixels. */
const MAX_ROW = 2 ** 20;
/** Of a table: an array and a text each, some 50 bytes. */
const MAX_FIELDS = 2 ** 23;

const MEND = { fix: 'mend the line' };

/** Line breaks within a field: LF, CRLF or CR. */
function breaksIn(field: string): number {
  return field.match(/\r\n?|\n/g)?.length ?? 0;
}

/** Our own files guard what a spreadsheet would compute: read back, a name is the same. */
const asWritten = (field: string): string => (field.charCodeAt(0) === APOSTROPHE ? unguarded(field) : field);

/** Where the quoted field that opens at `open` closes. */
function closingQuote(text: string, open: number, where: string): number {
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 2))
    if (text.charCodeAt(at + 1) !== QUOTE) return at;
  throw new DataError(`${where}: a quote that is never closed`, MEND);
}

/**
 * Fields are separated by `separator`; one in quotes may hold it, line breaks and doubled quotes, and have blanks
 * around it. Lines end with LF, CRLF or CR; blank ones are left out. A quote inside a field that does not begin with
 * one is a letter like others.
 * @throws DataError naming the line of a quote that is never closed or has text after it, and of rows or tables of too
 * many fields.
 */
export function parseCsv(text: string, file: string, separator = ',', firstLine = 1): CsvRow[] {
  return [...csvRows(text, file, separator, firstLine)];
}

/** As `parseCsv`, row by row: what is wrong is thrown when its row is reached. */
export function* csvRows(text: string, file: string, separator = ',', firstLine = 1): Generator<CsvRow, void> {
  const between = separator.charCodeAt(0);
  const isBlank = (code: number): boolean => code === BLANK || (code === TAB && between !== TAB);
  let total = 0;
  let at = 0;
  for (let line = firstLine; at < text.length;) {
    const begin = line;
    const fields: string[] = [];
    for (let more = true; more;) {
      let from = at;
      while (isBlank(text.charCodeAt(from))) from++;
      if (text.charCodeAt(from) === QUOTE) {
        const close = closingQuote(text, from, `${file}:${line}`);
        const raw = text.slice(from + 1, close);
        line += breaksIn(raw);
        fields.push(asWritten(raw.replaceAll('""', '"')));
        at = close + 1;
        while (isBlank(text.charCodeAt(at))) at++;
      } else {
        from = at;
        for (let code = text.charCodeAt(at); at < text.length && code !== between && code !== LF && code !== CR;)
          code = text.charCodeAt(++at);
        fields.push(asWritten(text.slice(from, at)));
      }
      const code = at < text.length ? text.charCodeAt(at) : LF;
      if (code !== between && code !== LF && code !== CR)
        throw new DataError(
          `${file}:${line}: text after a closing quote: ${JSON.stringify(text.slice(at, at + 20).split(/[\r\n]/)[0])}`,
          MEND,
        );
      if (fields.length > MAX_ROW) throw new DataError(`${file}:${begin}: more than ${MAX_ROW} fields`, MEND);
      more = code === between;
      at += code === CR && text.charCodeAt(at + 1) === LF ? 2 : 1;
    }
    line++;
    if (fields.length === 1 && fields[0].trim() === '') continue;
    yield { line: begin, fields };
    if ((total += fields.length) > MAX_FIELDS)
      throw new DataError(`${file}: more than ${MAX_FIELDS} fields`, { fix: 'give a smaller table' });
  }
}
