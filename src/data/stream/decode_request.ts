/** What the decoding thread is asked, and what it answers. */

export interface DecodeRequest {
  readonly files: readonly string[];
  /** CRC-32 of each picture as it was when it was looked at. */
  readonly checks: readonly number[];
  /** Pixels a side of the squares. */
  readonly side: number;
  /** Where the pictures go, one after the other. Shared memory. */
  readonly into: Uint8Array;
}

/** What is wrong with a picture, as a DataError says it; null: they are there. */
export type DecodeAnswer = { readonly message: string; readonly fix: string } | null;
