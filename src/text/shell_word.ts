/** Words as a POSIX shell takes them: in commands that are shown to be copied. */

/** One word, whatever is in it; as it is where no shell minds. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : quoted(text);
}

/** The same, in quotes in any case. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
