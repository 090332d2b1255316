/**
 * The files in a zip archive that are stored as they are, as torch.save writes them (APPNOTE 6.3): each a view of the
 * archive's memory. Everything that an archive says of itself is checked before it is believed.
 */
import { crc32 } from '#platform';
import { ModelError } from '../../../device/errors.js';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
/** The end record, and a comment of at most 65,535 bytes behind it. */
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
/** Stands where a number is too large for its field. */
const ELSEWHERE = 0xffffffff;
const MOST_ENTRIES = 65535;

interface Entry {
  readonly name: string;
  readonly crc: number;
  readonly begin: number;
  readonly end: number;
}

/** Whether bytes begin as a zip file does. */
export const isZipFile = (bytes: Uint8Array): boolean =>
  bytes.length >= END_BYTES && bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;

/** Files by name, read when they are asked for, and compared with their CRC then. */
export class ZipEntries {
  readonly names: readonly string[];
  readonly #bytes: Uint8Array;
  readonly #file: string;
  readonly #entries = new Map<string, Entry>();

  /** @throws ModelError when the archive is damaged, packed or encrypted. */
  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes;
    this.#file = file;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const entry of this.#readDirectory(view, this.#findEnd(view))) {
      if (this.#entries.has(entry.name)) throw this.#bad(`has ${JSON.stringify(entry.name)} twice`);
      this.#entries.set(entry.name, entry);
    }
    const placed = [...this.#entries.values()].sort((a, b) => a.begin - b.begin);
    for (const [i, { name, begin }] of placed.entries())
      if (i > 0 && begin < placed[i - 1].end)
        throw this.#bad(`its entries ${placed[i - 1].name} and ${name} lie over each other`);
    this.names = [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** The contents of a file, which are there. @throws ModelError when they are not those that were written. */
  get(name: string): Uint8Array {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw this.#bad(`has no ${JSON.stringify(name)}`);
    const content = this.#bytes.subarray(entry.begin, entry.end);
    if (crc32(content) !== entry.crc) throw this.#bad(`the CRC of ${name} is not that of its contents`);
    return content;
  }

  #bad(what: string): ModelError {
    return new ModelError(`${this.#file}: ${what}`, { fix: 'the file is damaged or was changed; get it again' });
  }

  #findEnd(view: DataView): number {
    for (let at = view.byteLength - END_BYTES; at >= Math.max(0, view.byteLength - END_BYTES - 65535); at--)
      if (view.getUint32(at, true) === END && at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength)
        return at;
    throw this.#bad('the end of the zip archive is missing: the file is cut');
  }

  #readDirectory(view: DataView, end: number): Entry[] {
    const count = view.getUint16(end + 10, true);
    const begin = view.getUint32(end + 16, true);
    if (count === MOST_ENTRIES || begin === ELSEWHERE) throw this.#bad('an archive of more than 4 GB is not read');
    const entries: Entry[] = [];
    let at = begin;
    for (let n = 0; n < count; n++) {
      if (at + CENTRAL_BYTES > end || view.getUint32(at, true) !== CENTRAL) throw this.#bad('its directory is damaged');
      const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
      const next = at + CENTRAL_BYTES + nameLength + extraLength + commentLength;
      if (next > end) throw this.#bad('its directory is damaged');
      entries.push(this.#readEntry(view, at, nameLength, begin));
      at = next;
    }
    return entries;
  }

  /** @param directory where the directory begins, before which all files lie. */
  #readEntry(view: DataView, at: number, nameLength: number, directory: number): Entry {
    const name = new TextDecoder().decode(this.#bytes.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameLength));
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const [crc, packed, size] = [16, 20, 24].map((field) => view.getUint32(at + field, true));
    const local = view.getUint32(at + 42, true);
    if ((flags & 1) !== 0) throw this.#bad(`${name} is encrypted`);
    if (method !== 0) throw this.#bad(`${name} is packed (method ${method}); torch.save stores files as they are`);
    if (packed !== size || size === ELSEWHERE || local + LOCAL_BYTES > directory)
      throw this.#bad(`the sizes of ${name} contradict each other`);
    if (view.getUint32(local, true) !== LOCAL) throw this.#bad(`there is no ${name} where the directory says`);
    const begin = local + LOCAL_BYTES + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (begin + size > directory) throw this.#bad(`${name} of ${size} bytes reaches beyond the archive`);
    return { name, crc, begin, end: begin + size };
  }
}
