/** `weft serve` over https, with a certificate of the user's own. */
import { createSecureContext } from 'node:tls';
import { readBytes } from '#platform';
import { UsageError } from '../../device/errors.js';

export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

async function read(option: string, file: string): Promise<Buffer> {
  try {
    return Buffer.from(await readBytes(file));
  } catch (cause) {
    throw new UsageError(`--${option} ${file} cannot be read: ${(cause as Error).message}`, {
      fix: 'give a PEM file',
      cause,
    });
  }
}

/** What `--tls-cert` and `--tls-key` name; null: neither is given. @throws UsageError when they are no pair. */
export async function readTls(cert: unknown, key: unknown): Promise<TlsFiles | null> {
  if (cert === undefined && key === undefined) return null;
  if (cert === undefined || key === undefined)
    throw new UsageError(`--tls-${cert === undefined ? 'key' : 'cert'} is given without the other half`, {
      fix: 'give --tls-cert and --tls-key',
    });
  const files = { cert: await read('tls-cert', String(cert)), key: await read('tls-key', String(key)) };
  try {
    createSecureContext(files);
  } catch (cause) {
    throw new UsageError(
      `--tls-cert ${String(cert)} and --tls-key ${String(key)} do not go together: ${(cause as Error).message}`,
      { fix: 'give a certificate (with its chain) and its private key, without a passphrase, both as PEM', cause },
    );
  }
  return files;
}
