/** Text as a field of a CSV file, and back. */

/**
 * What a spreadsheet takes for a formula and computes, such as `=cmd|…`: text that begins with one of these. Such a
 * field gets an apostrophe in front, and one that looks guarded already gets another, so that `unguarded` gives back
 * what was there.
 */
const FORMULA = /^'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
const GUARDED = /^'+[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

/**
 * As a field after RFC 4180: quoted when it holds a comma, a quote or a line break, or begins or ends with a space. A
 * number that is none is empty.
 */
export function csvField(value: string | number | null): string {
  if (value === null || (typeof value === 'number' && !Number.isFinite(value))) return '';
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** What a field held before it was guarded against spreadsheets. Other text stays as it is. */
export function unguarded(field: string): string {
  return GUARDED.test(field) ? field.slice(1) : field;
}
