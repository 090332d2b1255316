/** Large files of known contents: read by several threads while what has come is digested. */
import { createHash } from 'node:crypto';
import { open, stat, type FileHandle } from 'node:fs/promises';

/** Bytes of a piece. */
const PIECE = 2 ** 22;
/** Pieces that are read at a time: as many as Node has threads for files. */
const LANES = 4;

async function fill(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, at + done);
    if (bytesRead === 0) return; // it has become shorter meanwhile: its digest will be another
    done += bytesRead;
  }
}

/**
 * The bytes of a file and their SHA-256 in hex. Most of the time goes into memory that is touched for the first time,
 * which several threads do beside each other.
 */
export async function readDigested(path: string, piece = PIECE): Promise<{ bytes: Uint8Array; sha256: string }> {
  const { size } = await stat(path);
  const bytes = new Uint8Array(size);
  const hash = createHash('sha256');
  const file = await open(path);
  const waiting: Promise<void>[] = [];
  try {
    let next = 0;
    for (let at = 0; at < size; at += piece) {
      for (; waiting.length < LANES && next < size; next += piece)
        waiting.push(fill(file, bytes.subarray(next, next + piece), next));
      await waiting[0];
      void waiting.shift();
      hash.update(bytes.subarray(at, at + piece));
    }
    return { bytes, sha256: hash.digest('hex') };
  } finally {
    await Promise.allSettled(waiting);
    await file.close();
  }
}
