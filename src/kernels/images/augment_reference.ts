/** Augmented images: what shaders/images/augment_draw.wgsl draws and shaders/images/augment_images.wgsl makes of it. */
import type { Augmentation } from './augment_settings.js';
import type { ImageBytes } from './gather_images_reference.js';
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';
import { philox, type RandomPlace } from '../random/philox.js';

type Four = readonly [number, number, number, number];

const RADIANS = Math.PI / 180;
const f = Math.fround;

/** What a picture shows of an image: the network's window. */
export interface Seen {
  readonly outHeight: number;
  readonly outWidth: number;
}

/** Numbers of a sample in the table. */
const ROW = 20;
/** In place of a sample: drawn once for all. */
const ALL = 2 ** 32 - 1;

/**
 * A table (batch, 20), one row a sample: the map from output to source pixels, colour factors, hole, share and patch;
 * and the shares (batch) of the own labels.
 */
export function drawAugmentation(
  source: ImageBytes,
  { outHeight, outWidth }: Seen,
  a: Augmentation,
  cursor: number,
  batch: number,
  place: RandomPlace,
): { table: HostTensor; share: HostTensor } {
  const table = hostTensor([batch, ROW]);
  const shares = hostTensor([batch]);
  const { height, width } = source;
  const isCut = a.cutmix > 0 && (a.mixup === 0 || draws(place, ALL)(0)[0] < 0.5);
  for (let b = 0; b < batch; b++) {
    const draw = draws(place, b);
    const aboutZero = (u: number, range: number): number => range * (2 * u - 1);
    // Rounded as on the GPU, for a floor follows.
    const whole = (u: number, range: number): number => Math.min(Math.floor(f(u * (2 * range + 1))), 2 * range) - range;
    const [u0, u1, u2, u3, u4] = [0, 1, 2, 3, 4].map(draw);
    let stretch = [1, 1];
    let corner = [Math.floor((width - outWidth) / 2), Math.floor((height - outHeight) / 2)];
    if (a.resize !== null) {
      const area = (a.resize + (1 - a.resize) * u2[0]) * width * height;
      const ratio = Math.exp(aboutZero(u2[1], Math.log(4 / 3)));
      const sides = [Math.min(Math.sqrt(area * ratio), width), Math.min(Math.sqrt(area / ratio), height)];
      stretch = [sides[0] / outWidth, sides[1] / outHeight];
      corner = [
        (width - sides[0]) * u1[2] + 0.5 * stretch[0] - 0.5,
        (height - sides[1]) * u1[3] + 0.5 * stretch[1] - 0.5,
      ];
    } else if (a.crop !== null) {
      const pad = a.crop;
      const at = (u: number, places: number): number => Math.min(Math.floor(f(u * places)), places - 1) - pad;
      corner = [at(u1[2], width - outWidth + 2 * pad + 1), at(u1[3], height - outHeight + 2 * pad + 1)];
    }
    const mirror = u0[0] < f(a.flip) ? -1 : 1;
    const angle = aboutZero(u0[3], a.rotate * RADIANS);
    const k = Math.tan(aboutZero(u1[1], a.shear * RADIANS));
    const zoom = 1 + aboutZero(u1[0], a.scale);
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const x = [cos * mirror, cos * k - sin].map((v) => (v * stretch[0]) / zoom);
    const y = [sin * mirror, sin * k + cos].map((v) => (v * stretch[1]) / zoom);
    const [mx, my] = [(outWidth - 1) / 2, (outHeight - 1) / 2];
    const cx = corner[0] + mx * stretch[0] + whole(u0[1], a.shift);
    const cy = corner[1] + my * stretch[1] + whole(u0[2], a.shift);
    const odds = (alpha: number): number => betaOdds(alpha, (k) => draw(6 + k));
    const isMixed = a.mixup > 0 && batch > 1 && !isCut;
    const share = isMixed ? 1 / (1 + Math.exp(-Math.abs(odds(a.mixup)))) : 1;
    const patch = isCut && batch > 1 ? patchOf(outHeight, outWidth, odds(a.cutmix), draw(5)) : [0, 0, 0, 0];
    shares.data[b] = share - ((patch[2] - patch[0]) * (patch[3] - patch[1])) / (outHeight * outWidth);
    const colour = [
      1 + aboutZero(u2[2], a.brightness),
      1 + aboutZero(u2[3], a.contrast),
      1 + aboutZero(u3[0], a.saturation),
      0,
    ];
    table.data.set(
      [
        ...x,
        cx - x[0] * mx - x[1] * my,
        source.order[cursor + b],
        ...y,
        cy - y[0] * mx - y[1] * my,
        share,
        ...colour,
        ...hole(outHeight, outWidth, a.erase, u3, u4),
        ...patch,
      ],
      ROW * b,
    );
  }
  return { table, share: shares };
}

/** Four numbers uniform in [0, 1) of each group of a sample. */
export function draws(place: RandomPlace, b: number): (group: number) => Four {
  return (group) => {
    const words = philox([b, place.call, place.step, group], [place.seed >>> 0, Math.floor(place.seed / 2 ** 32)]);
    return words.map((w) => (w >>> 8) / 2 ** 24) as unknown as Four;
  };
}

/** x0 y0 x1 y1. */
function hole(height: number, width: number, probability: number, u3: Four, u4: Four): Four {
  if (u3[1] >= f(probability)) return [0, 0, 0, 0];
  const area = (0.02 + (0.3333 - 0.02) * u3[2]) * height * width;
  const ratio = Math.exp(Math.log(3.3) * (2 * u3[3] - 1));
  const [w, h] = [Math.min(Math.sqrt(area * ratio), width), Math.min(Math.sqrt(area / ratio), height)];
  const [x, y] = [(width - w) * u4[0], (height - h) * u4[1]];
  return [x, y, x + w, y + h];
}

/** log(l / (1 - l)), l of Beta(a, a), a at most 1 (Jöhnk 1964); infinite where no try succeeds. */
function betaOdds(a: number, draw: (attempt: number) => Four): number {
  for (let attempt = 0; attempt < 16; attempt++) {
    const [x, y] = draw(attempt).map((u) => Math.log(u + 2 ** -25) / a);
    if (Math.exp(x) + Math.exp(y) <= 1) return x - y;
  }
  return Infinity;
}

/** x0 y0 x1 y1 of what another image takes, of about 1 / (1 + exp(odds)) of the area (Yun et al. 2019). */
function patchOf(height: number, width: number, odds: number, u: Four): Four {
  const side = Math.sqrt(1 - 1 / (1 + Math.exp(-odds)));
  const [w, h] = [width, height].map((sides) => Math.floor(Math.floor(sides * side) / 2));
  const at = (v: number, sides: number): number => Math.min(Math.floor(f(v * sides)), sides - 1);
  const [x, y] = [at(u[0], width), at(u[1], height)];
  return [Math.max(x - w, 0), Math.max(y - h, 0), Math.min(x + w, width), Math.min(y + h, height)];
}

/** Rec. 601 for three channels. */
function greyOf(v: readonly number[]): number {
  return v.length === 3 ? 0.299 * v[0] + 0.587 * v[1] + 0.114 * v[2] : v[0];
}

/** x (batch, C, outHeight, outWidth) of the samples that the rows of a table (batch, 20) describe. */
export function augmentImages(source: ImageBytes, { outHeight, outWidth }: Seen, table: HostTensor): HostTensor {
  const batch = table.shape[0];
  const { channels } = source;
  const x = hostTensor([batch, channels, outHeight, outWidth]);
  for (let b = 0; b < batch; b++) {
    const [share] = table.data.subarray(ROW * b + 7);
    const [x0, y0, x1, y1] = table.data.subarray(ROW * b + 16);
    for (let Y = 0; Y < outHeight; Y++) {
      for (let X = 0; X < outWidth; X++) {
        const own = sampleAt(source, table, b, X, Y);
        const next = sampleAt(source, table, (b + 1) % batch, X, Y);
        const of = X + 0.5 >= x0 && X + 0.5 < x1 && Y + 0.5 >= y0 && Y + 0.5 < y1 ? 0 : share;
        for (let c = 0; c < channels; c++)
          x.data[((b * channels + c) * outHeight + Y) * outWidth + X] = of * own[c] + (1 - of) * next[c];
      }
    }
  }
  return x;
}

const unit = (v: number): number => Math.min(1, Math.max(0, v));

/** All channels of the image under an output pixel, 0 … 255, bilinear; 0 outside. */
export function pixelAt(
  { bytes, channels, height, width }: ImageBytes,
  table: HostTensor,
  b: number,
  X: number,
  Y: number,
): number[] {
  const [m00, m01, m02, image, m10, m11, m12] = table.data.subarray(ROW * b);
  const [sx, sy] = [m00 * X + m01 * Y + m02, m10 * X + m11 * Y + m12];
  const isInside = sx >= -0.5 && sx <= width - 0.5 && sy >= -0.5 && sy <= height - 0.5;
  const [px, py] = [Math.min(Math.max(sx, 0), width - 1), Math.min(Math.max(sy, 0), height - 1)];
  const [lx, ly] = [Math.floor(px), Math.floor(py)];
  const [hx, hy] = [Math.min(lx + 1, width - 1), Math.min(ly + 1, height - 1)];
  return Array.from({ length: channels }, (_, c) => {
    const at = (y: number, x: number): number => bytes[((image * channels + c) * height + y) * width + x];
    const above = at(ly, lx) + (at(ly, hx) - at(ly, lx)) * (px - lx);
    const below = at(hy, lx) + (at(hy, hx) - at(hy, lx)) * (px - lx);
    return isInside ? above + (below - above) * (py - ly) : 0;
  });
}

/** All channels, normalised. */
function sampleAt(source: ImageBytes, table: HostTensor, b: number, X: number, Y: number): number[] {
  const { statistics } = source;
  const [brightness, contrast, saturation, , x0, y0, x1, y1] = table.data.subarray(ROW * b + 8);
  if (X + 0.5 >= x0 && X + 0.5 < x1 && Y + 0.5 >= y0 && Y + 0.5 < y1) return statistics.map(() => 0);
  let v = pixelAt(source, table, b, X, Y).map((value) => value / 255);
  const pivot = greyOf(statistics.map(([mean]) => mean));
  v = v.map((value) => unit(unit(value * brightness) * contrast + pivot * (1 - contrast)));
  const grey = greyOf(v);
  v = v.map((value) => unit(value * saturation + grey * (1 - saturation)));
  return v.map((value, c) => (value - statistics[c][0]) * statistics[c][1]);
}
