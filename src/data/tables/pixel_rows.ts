/**
 * The rows of a table of pixels, byte by byte: at 130 MB for 60,000 images, making a text of each field would take most
 * of a minute.
 */
import { DataError } from '../../device/errors.js';
import { worded } from '../../text/wording.js';

export interface PixelRows {
  readonly rows: number;
  /** (rows, columns) bytes; 0 where a column is a text. */
  readonly table: Uint8Array;
  /** The fields of the columns that are texts: column -> (rows). */
  readonly texts: ReadonlyMap<number, readonly string[]>;
  /** The line of each row, where they are not one after the other. */
  readonly firstLine: number;
}

export interface RowForm {
  readonly separator: string;
  readonly columns: number;
  /** Byte that the first row begins at, and its line. */
  readonly start: number;
  readonly line: number;
  /** Columns that are read as texts, or not at all (null texts). */
  readonly texts: readonly number[];
  readonly skipped: readonly number[];
}

const [LF, CR, BLANK, QUOTE, POINT, ZERO, NINE] = [10, 13, 32, 34, 46, 48, 57];
const ROW = { fix: 'mend the line, or get the file again' };
/** What a message shows of a field. */
const SHOWN = 40;

function ends(byte: number | undefined): boolean {
  return byte === LF || byte === CR || byte === undefined;
}

/** One past the line's end at `at`. */
export function afterLineEnd(bytes: Uint8Array, at: number): number {
  return at + (bytes[at] === CR && bytes[at + 1] === LF ? 2 : 1);
}

/** Reads fields at a place that moves on. */
class Fields {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #separator: number;

  constructor(bytes: Uint8Array, separator: string, start: number) {
    [this.#bytes, this.#separator, this.at] = [bytes, separator.charCodeAt(0), start];
  }

  get isAtEnd(): boolean {
    return ends(this.#bytes[this.at]);
  }

  /** Whether nothing but blanks follows on this line. */
  get isBlankLine(): boolean {
    let at = this.at;
    while (this.#bytes[at] === BLANK) at++;
    return ends(this.#bytes[at]);
  }

  /** Past the separator that must be here; false at the end of the line. */
  next(): boolean {
    if (this.isAtEnd) return false;
    this.at++;
    return true;
  }

  /**
   * A whole number of up to nine digits, perhaps in quotes, with blanks around it or with .0 at its end; -1: something
   * else.
   */
  number(): number {
    const bytes = this.#bytes;
    while (bytes[this.at] === BLANK) this.at++;
    const isQuoted = bytes[this.at] === QUOTE;
    if (isQuoted) this.at++;
    const begin = this.at;
    let value = 0;
    for (let byte = bytes[this.at]; byte >= ZERO && byte <= NINE; byte = bytes[++this.at])
      value = value * 10 + byte - ZERO;
    const digits = this.at - begin;
    if (bytes[this.at] === POINT) for (this.at++; bytes[this.at] === ZERO;) this.at++;
    if (isQuoted && bytes[this.at++] !== QUOTE) return -1;
    while (bytes[this.at] === BLANK) this.at++;
    return digits > 0 && digits <= 9 && (bytes[this.at] === this.#separator || this.isAtEnd) ? value : -1;
  }

  /** The text of a field. @throws DataError for a quote that is not closed on the line, or has text after it. */
  text(where: () => string): string {
    const bytes = this.#bytes;
    while (bytes[this.at] === BLANK) this.at++;
    if (bytes[this.at] !== QUOTE) return this.raw();
    const begin = ++this.at;
    for (; ; this.at++) {
      if (ends(bytes[this.at])) throw new DataError(`${where()}: a quote that is never closed`, ROW);
      if (bytes[this.at] !== QUOTE) continue;
      if (bytes[this.at + 1] !== QUOTE) break;
      this.at++;
    }
    const text = this.#decode(begin, this.at++, where).replaceAll('""', '"');
    while (bytes[this.at] === BLANK) this.at++;
    if (!this.isAtEnd && bytes[this.at] !== this.#separator)
      throw new DataError(`${where()}: text after a closing quote`, ROW);
    return text;
  }

  /** What stands up to the next separator. */
  raw(where?: () => string): string {
    const begin = this.at;
    while (!this.isAtEnd && this.#bytes[this.at] !== this.#separator) this.at++;
    return where === undefined && this.at - begin > SHOWN * 100
      ? this.#decode(begin, begin + SHOWN * 100)
      : this.#decode(begin, this.at, where);
  }

  #decode(begin: number, end: number, where?: () => string): string {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(this.#bytes.subarray(begin, end));
    } catch (error) {
      if (where === undefined) return new TextDecoder().decode(this.#bytes.subarray(begin, end)); // for a message
      throw new DataError(`${where()}: is no UTF-8`, {
        fix: worded`say which encoding it is: {encoding} windows-1252 (or another)`,
        cause: error,
      });
    }
  }
}

/**
 * @throws DataError naming file, line and field: no whole number from 0 to 255, fewer or more fields than the first
 * row.
 */
export function parsePixelRows(
  bytes: Uint8Array,
  file: string,
  { separator, columns, start, line: firstLine, texts, skipped }: RowForm,
): PixelRows {
  const least = 2 * columns - texts.length - skipped.length; // a digit and a separator a pixel; a text may be empty
  const table = new Uint8Array(Math.floor((bytes.length - start + 1) / least) * columns);
  const kept = new Map(texts.map((column) => [column, [] as string[]]));
  const roles = Array.from({ length: columns }, (_, c) =>
    texts.includes(c) ? 'text' : skipped.includes(c) ? 'skipped' : 'pixel',
  );
  const isPixel = Uint8Array.from(roles, (role) => Number(role === 'pixel'));
  const fields = new Fields(bytes, separator, start);
  let rows = 0;
  for (let line = firstLine; fields.at < bytes.length; line++) {
    if (fields.isBlankLine) {
      // Blank lines may end the file, and nothing may follow them.
      if (bytes.subarray(fields.at).some((b) => b !== LF && b !== CR && b !== BLANK))
        throw new DataError(`${file}:${line}: blank line, expected ${columns} fields`, ROW);
      break;
    }
    let field = 0;
    const base = rows * columns;
    do {
      const begin = fields.at;
      const where = (): string => `${file}:${line}: field ${field + 1}`;
      if (field < columns && isPixel[field] === 0) {
        const text = fields.text(where);
        if (roles[field] === 'text') (kept.get(field) as string[]).push(text);
      } else {
        const value = fields.number();
        if (value < 0 || value > 255) {
          if (field >= columns) fields.raw();
          else badPixel(fields, begin, where);
        } else if (field < columns) table[base + field] = value;
      }
      field++;
    } while (fields.next());
    if (field !== columns) throw new DataError(`${file}:${line}: ${field} fields, expected ${columns}`, ROW);
    fields.at = afterLineEnd(bytes, fields.at);
    rows++;
  }
  return { rows, table: table.subarray(0, rows * columns), texts: kept, firstLine };
}

/** @throws DataError with the field's text. */
function badPixel(fields: Fields, begin: number, where: () => string): never {
  fields.at = begin;
  const found = fields.raw().slice(0, SHOWN).trimEnd();
  if (/^ *"[^"]*$/.test(found)) throw new DataError(`${where()}: a quote that is never closed`, ROW);
  const hint = /^ *"?0?\.\d/.test(found)
    ? { fix: 'pixels are bytes, 0 to 255: multiply values from 0 to 1 by 255' }
    : ROW;
  throw new DataError(`${where()}: ${JSON.stringify(found)} is not an integer from 0 to 255`, hint);
}
