import { digest } from '#platform';
import { decodeRgba } from './picture.js';
import { toSquare, type PictureForm } from './picture_form.js';
import type { QueryPicture } from './query_pictures.js';

/**
 * A picture file that a user asks about. @throws DataError as `decodeRgba`; ModelError when the network takes no
 * pictures.
 */
export async function decodeQuery(bytes: Uint8Array, file: string, form: PictureForm): Promise<QueryPicture> {
  return { file, hash: digest('sha256', bytes), square: toSquare(await decodeRgba(bytes, file), form) };
}
