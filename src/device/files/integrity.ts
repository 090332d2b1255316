/**
 * The digest that our own files carry, so that a file that was damaged on the way is refused instead of being nearly
 * right. A safetensors file has it in its metadata and covers every tensor and all other metadata; a JSON file has it
 * as its last field and covers the text before it. Formats named weft-…-2 must have one; those of before, weft-…-1, had
 * none.
 */
import { sha256 } from '#platform';
import { ModelError } from '../errors.js';
import { notice } from '../notices.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A tensor as far as a digest needs to know it. */
interface Content {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** The metadata key, or JSON field, that holds the digest: SHA-256 in hex. */
export const DIGEST = 'weft_sha256';

function byName<T>(entries: Iterable<readonly [string, T]>): (readonly [string, T])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}

/**
 * Of names, types, shapes and bytes of all tensors and of the metadata, whatever their order in a file: programs that
 * copy a file may change that.
 */
export function contentDigest(
  tensors: Iterable<readonly [string, Content]>,
  metadata: Readonly<Record<string, string>>,
): string {
  const sorted = byName(tensors);
  const about = [
    byName(Object.entries(metadata)).filter(([key]) => key !== DIGEST),
    sorted.map(([name, { dtype, shape }]) => [name, dtype, shape]),
  ];
  return sha256([utf8(JSON.stringify(about)), ...sorted.map(([, { data }]) => data)]);
}

const DAMAGED =
  'the file was damaged after it was written, or changed by another program: use another copy, or make it again';

/**
 * Whether metadata are of a file that has a digest. Either sign will do, the digest or the format's name: damage may
 * have taken one.
 */
function isSealed(metadata: Readonly<Record<string, string>>): boolean {
  return metadata[DIGEST] !== undefined || Object.values(metadata).some((value) => /^weft-[a-z-]+-2$/.test(value));
}

/** @throws ModelError when the file should have a digest and it is missing or another. */
export function checkContent(
  tensors: Iterable<readonly [string, Content]>,
  metadata: Readonly<Record<string, string>>,
  file: string,
): void {
  if (!isSealed(metadata)) return;
  const expected = metadata[DIGEST];
  if (expected === undefined) throw new ModelError(`${file}: its digest is missing`, { fix: DAMAGED });
  const found = contentDigest(tensors, metadata);
  if (found !== expected)
    throw new ModelError(
      `${file} is damaged: its contents have the digest ${found.slice(0, 16)}…, ${expected.slice(0, 16)}… was written`,
      { fix: DAMAGED },
    );
}

/**
 * Whether a file's format is `name`-2, or `name`-1: then it has no digest, which is said once.
 * @param name e.g. `weft-checkpoint`.
 */
export function isFormat(format: unknown, name: string, file: string): boolean {
  if (format === `${name}-1`)
    notice(`${file} is of version 0.1.0 and has no digest: damage to it would not be noticed`);
  return format === `${name}-1` || format === `${name}-2`;
}

/**
 * A JSON object's text with its digest as the last field. @param json text of an object that is not empty, as
 * JSON.stringify makes it.
 */
export function sealJson(json: string): string {
  const indent = /\n( *)\S.*\n\}$/.exec(json)?.[1];
  const open = json.slice(0, -1).trimEnd();
  const comma = indent === undefined ? ',' : `,\n${indent}`;
  return `${open}${comma}"${DIGEST}":"${sha256([utf8(open)])}"${indent === undefined ? '' : '\n'}}\n`;
}

/** What is wrong with the digest of a text that `sealJson` should have made; null when nothing is. */
export function unsealed(text: string): 'missing' | 'another' | null {
  const end = /,\s*"weft_sha256":"([0-9a-f]{64})"\n?\}\n$/.exec(text);
  if (end === null) return 'missing';
  return sha256([utf8(text.slice(0, end.index))]) === end[1] ? null : 'another';
}
