/** Files that a browser has already are not sent again: their SHA-256 is their etag (RFC 9110, 8.8.3). */
import type { IncomingMessage } from 'node:http';
import { digest } from '#platform';

/** Files stay in memory, and are hashed once. */
const known = new WeakMap<Uint8Array, string>();

export function etagOf(file: Uint8Array): string {
  const etag = known.get(file) ?? `"${digest('sha256', file)}"`;
  known.set(file, etag);
  return etag;
}

/** Whether who asks has just this file. */
export function hasFile({ headers }: IncomingMessage, etag: string): boolean {
  return (headers['if-none-match'] ?? '').split(/\s*,\s*/).some((own) => own.replace(/^W\//, '') === etag);
}
