import { pathState, readBytes } from '#platform';
import { DataError } from '../../device/errors.js';
import { insideTar, readTarMember } from '../packed/tar_index.js';

/** No picture of 64 million pixels takes more; it bounds what a wrong file may take. */
const MAX_BYTES = 2 ** 29;

/**
 * The bytes of a picture file, which may lie in a tar (`shards/0.tar/12.jpg`). @throws DataError `FILE: reason`:
 * missing, a folder, a pipe (which would be waited for), not to be read, too large.
 */
export async function readPictureFile(file: string): Promise<Uint8Array> {
  const state = await pathState(file);
  const inside = state.kind === 'absent' ? insideTar(file) : null;
  if (inside !== null) return readTarMember(inside.tar, inside.member, MAX_BYTES);
  if (state.kind !== 'file') throw new DataError(`${file}: ${state.says}`, { fix: 'check the path' });
  if (state.size > MAX_BYTES)
    throw new DataError(
      `${file}: has ${Math.round(state.size / 1e6)} MB, at most ${Math.round(MAX_BYTES / 1e6)} are read`,
      { fix: 'scale the picture down first' },
    );
  try {
    return await readBytes(file);
  } catch (error) {
    const { kind, says } = await pathState(file); // it may have gone since
    throw new DataError(
      `${file}: ` +
        `${kind === 'file' ? `cannot be read (${error instanceof Error ? error.message : String(error)})` : says}`,
      { fix: 'check the path and its permissions', cause: error },
    );
  }
}
