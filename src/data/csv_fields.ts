/** Text as rows of fields, after RFC 4180. */
import { DataError } from '../device/errors.js';

export interface CsvRow {
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** A field in quotes, if any; what stands there without; what ends it. */
const FIELD = /(?:"([^"]*(?:""[^"]*)*)")?([^,\n]*)(,|\n|$)/y;

/**
 * Fields are separated by commas; one in quotes may hold commas, line breaks and doubled quotes. Lines end with LF or CRLF; blank ones
 * are left out. A quote inside a field that does not begin with one is a letter like others.
 * @throws DataError naming the line of a quote that is never closed.
 */
export function parseCsv(text: string, file: string): CsvRow[] {
  const rows: CsvRow[] = [];
  FIELD.lastIndex = 0;
  for (let line = 1; FIELD.lastIndex < text.length; ) {
    const begin = line;
    const fields: string[] = [];
    for (let end = ','; end === ','; ) {
      const [, quoted, plain, ended] = FIELD.exec(text) as RegExpExecArray;
      if (quoted === undefined && plain.startsWith('"')) throw new DataError(`${file}:${line}: a quote that is never closed`, { fix: 'mend the line' });
      line += quoted?.match(/\n/g)?.length ?? 0;
      fields.push((quoted?.replaceAll('""', '"') ?? '') + (ended === ',' ? plain : plain.replace(/\r$/, '')));
      end = ended;
    }
    line++;
    if (fields.length > 1 || fields[0].trim() !== '') rows.push({ line: begin, fields });
  }
  return rows;
}
