/**
 * One form for names that people and programs write: classes, columns, their values, brands. The same letter may be one
 * character or a letter and its accent (file systems, spreadsheets and keyboards differ), so names are compared, and
 * kept, in Unicode's composed form (NFC). Not paths: a file is called what its bytes say.
 */
export function normalName(name: string): string {
  return name.normalize('NFC');
}
