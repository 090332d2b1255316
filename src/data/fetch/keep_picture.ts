/** What arrived, looked at and put into the folder. */
import { digest, fileInfo, joinPath, makeDirectory, writeFileAtomic } from '#platform';
import { DataError } from '../../device/errors.js';
import { formatOfHead } from '../pictures/file_kind.js';
import { COMPARED_SIDE } from '../pictures/near_duplicates.js';
import { hashTexts, perceptualHashes } from '../pictures/perceptual_hash.js';
import { decodeSquare, lossOf, pictureSize } from '../pictures/picture.js';
import { MAX_PIXELS, requireWhole } from '../pictures/picture_header.js';
import { failed, type Failed, type Result } from './outcome.js';

/** Folder of pictures; `pictures/3f/3f….jpg` by their SHA-256, so that the same bytes are one file. */
export const PICTURES = 'pictures';

/** Digits of the digest in a name: 80 bits. */
const NAME_DIGITS = 20;

const ENDINGS = { jpeg: 'jpg', png: 'png', webp: 'webp' } as const;

/** What is no picture that is read: what it is instead. */
function strangeKind(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'an empty answer';
  const kind = formatOfHead(bytes);
  if (kind !== null && typeof kind === 'object') return `${kind.other}, which is not read`;
  const text = new TextDecoder().decode(bytes.subarray(0, 512)).trimStart();
  if (/^(?:<!--[^]*?-->\s*)?<(?:!doctype html|html|head|body|script)/i.test(text)) return 'an HTML page';
  if (/^<\?xml|^<[a-z]/i.test(text)) return 'XML';
  if (/^[{[]/.test(text)) return 'JSON';
  return 'nothing that is known';
}

/** The end of a message that begins with a name. */
const ending = (error: unknown, name: string): string => {
  if (!(error instanceof DataError)) throw error;
  return error.message.slice(name.length + 2);
};

/** Width, height and look of a picture all of which can be decoded. */
async function look(
  bytes: Uint8Array,
  maxPixels: number,
): Promise<{ width: number; height: number; look: string } | Failed> {
  const name = 'picture';
  try {
    const { width, height } = requireWhole(bytes, name);
    if (width * height > maxPixels)
      return failed('too-many-pixels', `has ${width}x${height} pixels, at most ${maxPixels} are taken`);
    const square = await decodeSquare(bytes, name, COMPARED_SIDE);
    const loss = await lossOf(bytes, name);
    if (loss !== null) return failed('damaged', loss);
    const [hash] = hashTexts(
      perceptualHashes({ images: square, count: 1, channels: 3, height: COMPARED_SIDE, width: COMPARED_SIDE }),
    );
    return { ...(await pictureSize(bytes, name)), look: hash };
  } catch (error) {
    const reason = ending(error, name);
    return failed(/^has \d+x\d+ pixels/.test(reason) ? 'too-many-pixels' : 'damaged', reason);
  }
}

/** Checks what an address gave by its contents, whatever its name and header say, and writes it. @throws OutputError */
export async function keepPicture(folder: string, bytes: Uint8Array, maxPixels = MAX_PIXELS): Promise<Result> {
  const kind = formatOfHead(bytes);
  if (kind === null || typeof kind === 'object') return failed('not-a-picture', `is ${strangeKind(bytes)}`);
  const seen = await look(bytes, maxPixels);
  if ('outcome' in seen) return seen;
  const hash = digest('sha256', bytes).slice(0, NAME_DIGITS);
  const below = `${PICTURES}/${hash.slice(0, 2)}`;
  const file = `${below}/${hash}.${ENDINGS[kind]}`;
  const path = joinPath(folder, file);
  if ((await fileInfo(path))?.size !== bytes.length) {
    await makeDirectory(joinPath(folder, below));
    writeFileAtomic(path, bytes);
  }
  return { outcome: 'fetched', file, bytes: bytes.length, ...seen };
}
