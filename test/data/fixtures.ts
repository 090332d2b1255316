/** Small files that the data tests make, and a check for errors of both kinds of function. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import type { ImageDataset } from '../../src/data/dataset.js';
import { isStored } from '../../src/data/images.js';
import { WeftError } from '../../src/device/errors.js';

/** Runs `body` with a fresh folder that is deleted afterwards. */
export async function inFolder(body: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-test-'));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes files into a folder and returns it. */
export function fill(folder: string, files: Record<string, Uint8Array | string>): string {
  for (const [name, data] of Object.entries(files)) writeFileSync(join(folder, name), data);
  return folder;
}

/** All images of a data set in memory, wherever they lie. */
export function bytesOf({ images }: Pick<ImageDataset, 'images'>): Uint8Array {
  if (!isStored(images)) return images;
  const bytes = new Uint8Array(images.length);
  images.read(0, bytes);
  return bytes;
}

/** The error that `body` ends in: a WeftError of this exit code whose message matches every pattern. */
export async function fails(body: () => unknown, exitCode: number, ...patterns: RegExp[]): Promise<WeftError> {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof WeftError)) throw error;
    for (const pattern of patterns) assert.match(error.message, pattern);
    assert.is(error.exitCode, exitCode, `exit code of: ${error.message}`);
    return error;
  }
  return assert.unreachable(`no error; expected one like ${patterns.join(' ')}`) as never;
}

/** An IDX file of unsigned bytes. */
export function idx(dims: readonly number[], data: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * dims.length + data.length);
  bytes.set([0, 0, 8, dims.length]);
  const view = new DataView(bytes.buffer);
  dims.forEach((d, i) => view.setUint32(4 + 4 * i, d));
  bytes.set(data, 4 + 4 * dims.length);
  return bytes;
}

/** The checksum of a PNG chunk (zlib.crc32 is younger than Node 20). */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), 8 + data.length);
  return out;
}

/**
 * A PNG built chunk by chunk, so that its header may lie: 8-bit grey unless said, around `raw`, the bytes before
 * packing.
 */
export function png(
  width: number,
  height: number,
  raw: Uint8Array,
  options: {
    colorType?: number;
    depth?: number;
    interlaced?: boolean;
    chunks?: readonly (readonly [type: string, data: Uint8Array])[];
  } = {},
): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([options.depth ?? 8, options.colorType ?? 0, 0, 0, options.interlaced ? 1 : 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    ...(options.chunks ?? []).map(([type, data]) => chunk(type, data)),
    chunk('IDAT', deflateSync(raw)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}
