/** RandAugment and TrivialAugment in plain loops: what the shaders policy_draw and augment_policy of images/ make. */
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';
import type { RandomPlace } from '../random/philox.js';
import { draws, pixelAt, type Seen } from './augment_reference.js';
import type { ImageBytes } from './gather_images_reference.js';
import { BINS, POLICY_OPS, type Policy } from './policy.js';

type OpName = (typeof POLICY_OPS)[number];

/** An operation of an image: its value is a tangent, pixels, degrees, a factor, bits or a threshold. */
export interface DrawnOp {
  readonly op: OpName;
  readonly value: number;
}

const SLACK = 2 ** -12;
/** Of a position that lies halfway between two pixels. */
const TIE = 2 ** -14;
const SHEARS: readonly OpName[] = ['ShearX', 'ShearY'];
const FACTORS: readonly OpName[] = ['Brightness', 'Color', 'Contrast', 'Sharpness'];

/** What a bin of an operation is worth, towards one side. */
export function valueOfBin(op: OpName, bin: number, way: 1 | -1, policy: Policy): number {
  if (SHEARS.includes(op)) return way * bin * policy.shear;
  if (op === 'TranslateX') return way * Math.floor(bin * policy.moveX + SLACK);
  if (op === 'TranslateY') return way * Math.floor(bin * policy.moveY + SLACK);
  if (op === 'Rotate') return way * bin * policy.degrees;
  if (FACTORS.includes(op)) return 1 + way * bin * policy.factor;
  if (op === 'Posterize') return 8 - Math.round(bin * policy.bits);
  if (op === 'Solarize') return 255 - 8.5 * bin;
  return 0;
}

/** The operations of each sample of a batch. */
export function drawPolicy(policy: Policy, batch: number, place: RandomPlace): DrawnOp[][] {
  return Array.from({ length: batch }, (_, b) =>
    Array.from({ length: policy.ops }, (_, k) => {
      const u = draws(place, b)(k);
      const at = (v: number, count: number): number => Math.min(Math.floor(Math.fround(v * count)), count - 1);
      const op = POLICY_OPS[at(u[0], POLICY_OPS.length)];
      const bin = policy.bin === BINS ? at(u[1], BINS) : policy.bin;
      return { op, value: valueOfBin(op, bin, u[2] < 0.5 ? -1 : 1, policy) };
    }),
  );
}

/** What a table makes of a batch's images: bytes (batch, C, outHeight, outWidth). */
export function windowBytes(source: ImageBytes, { outHeight, outWidth }: Seen, table: HostTensor): HostTensor {
  const batch = table.shape[0];
  const bytes = hostTensor([batch, source.channels, outHeight, outWidth]);
  for (let b = 0; b < batch; b++)
    for (let y = 0; y < outHeight; y++)
      for (let x = 0; x < outWidth; x++)
        pixelAt(source, table, b, x, y).forEach((v, c) => {
          bytes.data[((b * source.channels + c) * outHeight + y) * outWidth + x] = Math.floor(v + 0.5);
        });
  return bytes;
}

const cut = (v: number): number => Math.floor(Math.min(Math.max(v + SLACK, 0), 255));

/** An image (C, H, W) of bytes after an operation, C 1 or 3. */
export function applyOp(image: HostTensor, { op, value }: DrawnOp): HostTensor {
  const [C, H, W] = image.shape;
  const at = (c: number, y: number, x: number): number =>
    y < 0 || y >= H || x < 0 || x >= W ? 0 : image.data[(c * H + y) * W + x];
  const grey = (y: number, x: number): number =>
    C === 1 ? at(0, y, x) : cut(0.2989 * at(0, y, x) + 0.587 * at(1, y, x) + 0.114 * at(2, y, x));
  const blend = (v: number, other: number): number => cut(value * v + (1 - value) * other);
  const each = (make: (c: number, y: number, x: number) => number): HostTensor => ({
    shape: image.shape,
    data: image.data.map((_, i) => make(Math.floor(i / (H * W)), Math.floor(i / W) % H, i % W)),
  });
  const channels = Array.from({ length: C }, (_, c) => image.data.subarray(c * H * W, (c + 1) * H * W));
  const nearest = (v: number): number => Math.ceil(v - 0.5 - TIE);
  switch (op) {
    case 'ShearX':
      return each((c, y, x) => at(c, y, nearest(x + value * (y + 0.5))));
    case 'ShearY':
      return each((c, y, x) => at(c, nearest(y + value * (x + 0.5)), x));
    case 'TranslateX':
      return each((c, y, x) => at(c, y, x - value));
    case 'TranslateY':
      return each((c, y, x) => at(c, y - value, x));
    case 'Rotate': {
      const [cos, sin] = [Math.cos((value * Math.PI) / 180), Math.sin((value * Math.PI) / 180)];
      const [mx, my] = [(W - 1) / 2, (H - 1) / 2];
      return each((c, y, x) =>
        at(c, nearest(my + sin * (x - mx) + cos * (y - my)), nearest(mx + cos * (x - mx) - sin * (y - my))),
      );
    }
    case 'Brightness':
      return each((c, y, x) => blend(at(c, y, x), 0));
    case 'Color':
      return C === 1 ? image : each((c, y, x) => blend(at(c, y, x), grey(y, x)));
    case 'Contrast': {
      let sum = 0;
      for (let y = 0; y < H; y++) for (let x = 0; x < W; x++) sum += grey(y, x);
      return each((c, y, x) => blend(at(c, y, x), sum / (H * W)));
    }
    case 'Sharpness':
      return each((c, y, x) => {
        if (y === 0 || x === 0 || y === H - 1 || x === W - 1) return at(c, y, x);
        let sum = 4 * at(c, y, x);
        for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) sum += at(c, y + dy, x + dx);
        return blend(at(c, y, x), Math.round(sum / 13));
      });
    case 'Posterize':
      return each((c, y, x) => at(c, y, x) - (at(c, y, x) % 2 ** (8 - value)));
    case 'Solarize':
      return each((c, y, x) => (at(c, y, x) >= value ? 255 - at(c, y, x) : at(c, y, x)));
    case 'AutoContrast': {
      const ends = channels.map((own) => [Math.min(...own), Math.max(...own)]);
      return each((c, y, x) => {
        const [low, high] = ends[c];
        return low === high ? low : cut((at(c, y, x) - low) * (255 / (high - low)));
      });
    }
    case 'Equalize': {
      // of each channel and value the pixels below it
      const below = channels.map((own) =>
        Array.from({ length: 256 }, (_, v) => own.reduce((n, other) => n + (other < v ? 1 : 0), 0)),
      );
      const steps = channels.map((own, c) => Math.floor(below[c][Math.max(...own)] / 255));
      return each((c, y, x) => {
        const [v, step] = [at(c, y, x), steps[c]];
        return step === 0 ? v : Math.min(Math.floor((below[c][v] + Math.floor(step / 2)) / step), 255);
      });
    }
    case 'Identity':
      return image;
  }
}
