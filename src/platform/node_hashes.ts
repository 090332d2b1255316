/** Digests, by Node. */
import { createHash } from 'node:crypto';
import { PIECE } from './outputs.js';

/** Hex digest; 'md5' is what Fashion-MNIST publishes, 'sha256' everything else. */
export function digest(algorithm: 'md5' | 'sha256', bytes: Uint8Array, piece = PIECE): string {
  const hash = createHash(algorithm);
  for (let at = 0; at < bytes.byteLength; at += piece) hash.update(bytes.subarray(at, at + piece));
  return hash.digest('hex');
}

/** SHA-256 in hex of several pieces of memory as if they were one. */
export function sha256(parts: Iterable<Uint8Array>, piece = PIECE): string {
  const hash = createHash('sha256');
  for (const part of parts)
    for (let at = 0; at < part.byteLength; at += piece) hash.update(part.subarray(at, at + piece));
  return hash.digest('hex');
}

/** SHA-256 of pieces that come one after the other. */
export class Sha256 {
  readonly #hash = createHash('sha256');

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** In hex, of all; nothing can be added after it. */
  hex(): string {
    return this.#hash.digest('hex');
  }
}
