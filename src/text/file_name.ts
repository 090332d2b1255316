/** Names of files and folders made of text from data. */

/** Of the 255 that file systems take; the rest is for what is put behind. */
const MAX_BYTES = 100;
/** Devices of Windows, which are no names there whatever follows the dot. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/** A name of letters, digits, `_`, `.` and `-` only, that is neither hidden nor a path, of any text. */
export function fileName(text: string): string {
  const plain = text
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}_.]+/gu, '-')
    .replace(/^[-.\p{M}]+|[-.]+$/gu, '');
  const encoder = new TextEncoder();
  let name = '';
  let bytes = 0;
  for (const letter of plain) {
    bytes += encoder.encode(letter).length;
    if (bytes > MAX_BYTES) break;
    name += letter;
  }
  return name === '' || DEVICE.test(name) ? `${name}_` : name;
}

/** One for each text, no two alike, not even where case or the form of letters does not count. */
export function fileNames(texts: readonly string[]): string[] {
  const taken = new Set<string>();
  return texts.map((text) => {
    const name = fileName(text);
    let own = name;
    for (let n = 2; taken.has(own.toLowerCase()); n++) own = `${name}_${n}`;
    taken.add(own.toLowerCase());
    return own;
  });
}
