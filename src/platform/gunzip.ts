/** What gzip files hold, to a limit. */
import { createGunzip } from 'node:zlib';

/**
 * Unpacks a gzip file, up to `most` bytes: the rest is not looked at. Rejects when it is damaged, or truncated before
 * that.
 * @param likely how many there probably are; memory grows where there are more.
 */
export async function gunzip(bytes: Uint8Array, most: number, likely = most): Promise<Uint8Array> {
  const stream = createGunzip({ chunkSize: 2 ** 16 });
  stream.end(bytes);
  let out = new Uint8Array(Math.min(most, Math.max(1, likely)));
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    const taken = Math.min(chunk.length, most - length);
    if (length + taken > out.length) {
      const grown = new Uint8Array(Math.min(most, Math.max(2 * out.length, length + taken)));
      grown.set(out.subarray(0, length));
      out = grown;
    }
    out.set(taken < chunk.length ? chunk.subarray(0, taken) : chunk, length);
    length += taken;
    if (length === most) break; // the stream is closed, the rest never unpacked
  }
  return out.subarray(0, length);
}
