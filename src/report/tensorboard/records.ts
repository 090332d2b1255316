/**
 * Event files of TensorBoard: records as TensorFlow frames them (TFRecord), each an Event of its protocol buffers
 * (tensorflow/core/util/event.proto, framework/summary.proto).
 */

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0x82f63b78 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

/** CRC-32C (Castagnoli), RFC 3720 B.4. */
export function crc32c(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = TABLE[(c ^ byte) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

/** As TFRecord stores a check: rotated by 15 bits, plus a constant, so that a check of checks is none of zeros. */
export function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** Length, its check, the bytes, their check. */
export function record(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(data.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(crc32c(bytes.subarray(0, 8))), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, masked(crc32c(data)), true);
  return bytes;
}

/** The records of a file up to the first that is cut or damaged. */
export function recordsOf(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const found: Uint8Array[] = [];
  for (let at = 0; at + 16 <= file.length;) {
    const length = Number(view.getBigUint64(at, true));
    const end = at + 12 + length;
    if (view.getUint32(at + 8, true) !== masked(crc32c(file.subarray(at, at + 8))) || end + 4 > file.length) break;
    const data = file.subarray(at + 12, end);
    if (view.getUint32(end, true) !== masked(crc32c(data))) break;
    found.push(data);
    at = end + 4;
  }
  return found;
}

/** Fields of a message, one after the other. */
export class Message {
  readonly #bytes: number[] = [];

  #varint(value: number): this {
    for (let v = BigInt(value); ; v >>= 7n) {
      if (v < 128n) return (this.#bytes.push(Number(v)), this);
      this.#bytes.push(Number(v & 127n) | 128);
    }
  }

  /** A whole number of at least 0. */
  int(field: number, value: number): this {
    return this.#varint(field << 3).#varint(value);
  }

  double(field: number, value: number): this {
    return this.#fixed((field << 3) | 1, 8, (view) => view.setFloat64(0, value, true));
  }

  float(field: number, value: number): this {
    return this.#fixed((field << 3) | 5, 4, (view) => view.setFloat32(0, value, true));
  }

  #fixed(key: number, size: number, set: (view: DataView) => void): this {
    const bytes = new Uint8Array(size);
    set(new DataView(bytes.buffer));
    this.#varint(key).#bytes.push(...bytes);
    return this;
  }

  /** Text, bytes, or a message within this one. */
  bytes(field: number, value: string | Uint8Array | Message): this {
    const data =
      typeof value === 'string' ? new TextEncoder().encode(value) : value instanceof Message ? value.#bytes : value;
    this.#varint((field << 3) | 2).#varint(data.length);
    for (const byte of data) this.#bytes.push(byte); // a picture is more than a call takes as arguments
    return this;
  }

  done(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes);
  }
}

/** The step of an event; the number of a message's second field. */
export function stepOf(event: Uint8Array): number {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = event[at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < event.length) {
    const key = varint();
    if (key === 16) return varint();
    if ((key & 7) === 0) varint();
    else if ((key & 7) === 1) at += 8;
    else if ((key & 7) === 5) at += 4;
    else {
      const length = varint();
      at += length;
    }
  }
  return 0;
}
