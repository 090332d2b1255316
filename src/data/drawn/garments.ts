import { UsageError } from '../../device/errors.js';
import { type DatasetSplits, FASHION_CLASSES, type HeldDataset } from '../dataset.js';
import { type Canvas, makeCanvas, makePose, paint, type Pose, randomTexture } from './garment_raster.js';
import { DRAW } from './garment_shapes.js';
import { type HostRandom, hostRandom } from '../host_random.js';

/** Pixels a side of a garment's picture. */
export const GARMENT_SIDE = 28;
// Keys of the random streams: the order of the labels, and each image on its own.
const ORDER = 1;
const IMAGE = 2;
const TRAIN = 0;
const TEST = 1;
/** Sandal, sneaker and ankle boot: seen from the side, toe to the left. */
const SHOES = [5, 7, 9];

function randomPose(r: HostRandom, label: number): Pose {
  const size = r.uniform(0.84, 1.02);
  const stretch = r.uniform(0.93, 1.07);
  const flip = SHOES.includes(label) && r.chance(0.25) ? -1 : 1;
  return makePose(GARMENT_SIDE, {
    t: 0.04 * r.normal(), // ± 4.6 degrees
    shear: 0.03 * r.normal(),
    scaleX: flip * size * stretch,
    scaleY: size / stretch,
    dx: r.uniform(-0.09, 0.09),
    dy: r.uniform(-0.08, 0.08),
  });
}

/** Something in front of the garment: a band or a block of one grey, or of black. */
function occlude(r: HostRandom, { grey, area }: Canvas): void {
  const width = 3 + r.int(8);
  const height = 3 + r.int(8);
  const x0 = r.int(GARMENT_SIDE - width);
  const y0 = r.int(GARMENT_SIDE - height);
  const ink = r.chance(0.5) ? 0 : r.uniform(0.1, 1);
  for (let y = y0; y < y0 + height; y++) {
    grey.fill(ink, y * GARMENT_SIDE + x0, y * GARMENT_SIDE + x0 + width);
    area.fill(ink === 0 ? 0 : 1, y * GARMENT_SIDE + x0, y * GARMENT_SIDE + x0 + width);
  }
}

/**
 * Draws one garment into `out` (28, 28). Noise is on the garment only: the background is exactly 0, as in
 * Fashion-MNIST.
 */
function drawGarment(label: number, r: HostRandom, canvas: Canvas, out: Uint8Array): void {
  const { grey, area } = canvas;
  paint(DRAW[label](r), randomTexture(r), randomPose(r, label), canvas);
  if (r.chance(0.05)) occlude(r, canvas);
  const noise = r.uniform(2, 8);
  for (let i = 0; i < out.length; i++) {
    if (area[i] === 0) out[i] = 0;
    else out[i] = Math.min(255, Math.max(0, Math.round(255 * grey[i] + noise * area[i] * r.normal())));
  }
}

function makePart(name: string, count: number, seed: number, part: number): HeldDataset {
  const labels = hostRandom(seed, ORDER, part).shuffle(
    Uint32Array.from({ length: count }, (_, i) => i % FASHION_CLASSES.length),
  );
  const images = new Uint8Array(count * GARMENT_SIDE * GARMENT_SIDE);
  const canvas = makeCanvas(GARMENT_SIDE);
  for (let i = 0; i < count; i++) {
    // A stream for each image, so that it does not depend on those before it.
    drawGarment(
      labels[i],
      hostRandom(seed, IMAGE, part, i),
      canvas,
      images.subarray(i * GARMENT_SIDE * GARMENT_SIDE, (i + 1) * GARMENT_SIDE * GARMENT_SIDE),
    );
  }
  return {
    name,
    images,
    labels,
    count,
    channels: 1,
    height: GARMENT_SIDE,
    width: GARMENT_SIDE,
    classes: FASHION_CLASSES,
  };
}

/** There are test images unless none were asked for: only where N may be 0 has one to look. */
export interface DrawnSplits<N extends number> extends DatasetSplits<HeldDataset> {
  readonly test: 0 extends N ? HeldDataset | null : HeldDataset;
}

/**
 * Drawn pictures of garments in Fashion-MNIST's form: grey 28 x 28 on black, its ten classes, balanced (to within one
 * image) and shuffled. Shape, pose, cloth, brightness and noise vary, and T-shirt, shirt, pullover, coat and dress
 * overlap, so that a linear classifier stays well below a small convolutional network. The same seed gives the same
 * bytes on every platform: only sums, products, quotients and square roots are used. For trying things out without a
 * download; not a substitute for photographs. Throws UsageError for a count that is not a whole number from 1 up (test:
 * from 0 up; 0 gives no test part).
 */
export function syntheticGarments<N extends number = 1000>(
  options: { readonly train?: number; readonly test?: N; readonly seed?: number } = {},
): DrawnSplits<N> {
  const { train = 6000, test = 1000, seed = 0 } = options;
  if (!Number.isInteger(train) || train < 1)
    throw new UsageError(`synthetic garments: ${train} train images, expected a whole number from 1 up`);
  if (!Number.isInteger(test) || test < 0)
    throw new UsageError(`synthetic garments: ${test} test images, expected a whole number from 0 up`);
  return {
    train: makePart('synthetic train', train, seed, TRAIN),
    test: test === 0 ? null : makePart('synthetic test', test, seed, TEST),
  } as DrawnSplits<N>;
}
