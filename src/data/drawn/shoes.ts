/** Drawn shoes: thousands of products of a few brands, several views of each. */
import { UsageError } from '../../device/errors.js';
import type { DatasetSplits, HeldDataset } from '../dataset.js';
import { coverage, makePose, type Pose } from './garment_raster.js';
import { type HostRandom, hostRandom } from '../host_random.js';
import { designOf, GROUND, type ShoeDesign } from './shoe_design.js';
import { shoeLayers, upperOutline } from './shoe_shapes.js';

const USUAL_SIDE = 32;
const USUAL_BRANDS = 20;
/** Views of each product: of training, of testing. */
const VIEWS = { train: 8, test: 2 } as const;
/** Class numbers are found through floats on the GPU; and a picture of each is a few kilobytes. */
const MAX_PRODUCTS = 2 ** 16;
// Keys of the random streams.
const VIEW = 5;
const ORDER = 6;
const TRAIN = 0;
const TEST = 1;

/** Of how many brands how many products are drawn; product p is model floor(p / brands) of brand p % brands. */
export interface ShoeCounts {
  readonly brands: number;
  readonly products: number;
}

/**
 * What `shoes:8192` (products of 20 brands) or `shoes:20x410` (brands x models of each) asks for; null when a text is
 * neither.
 * @throws UsageError for numbers out of range.
 */
export function parseShoes(spec: string): ShoeCounts | null {
  const [, first, second] = /^shoes:(\d+)(?:x(\d+))?$/.exec(spec) ?? [];
  if (first === undefined) return null;
  const brands = second === undefined ? Math.min(USUAL_BRANDS, Number(first)) : Number(first);
  const products = second === undefined ? Number(first) : Number(first) * Number(second);
  if (!(products >= 2 && products <= MAX_PRODUCTS))
    throw new UsageError(`${spec}: ${products} products, expected 2 to ${MAX_PRODUCTS}`, {
      fix: 'e.g. shoes:8192, or shoes:20x410',
    });
  return { brands, products };
}

/** `Brand 07 Model 123`, both counted from 1. */
export function productName(product: number, { brands }: ShoeCounts): string {
  return `${brandName(product, { brands })} Model ${String(Math.floor(product / brands) + 1).padStart(3, '0')}`;
}

/** `Brand 07`: how the names of its products begin. */
export function brandName(product: number, { brands }: Pick<ShoeCounts, 'brands'>): string {
  return `Brand ${String((product % brands) + 1).padStart(2, '0')}`;
}

/** Turned, sheared as seen from one side, a little nearer or farther, either way round. */
function randomPose(r: HostRandom, side: number): Pose {
  const size = r.uniform(0.84, 0.98);
  const turn = r.uniform(0.86, 1); // seen obliquely, a shoe is shorter
  return makePose(side, {
    t: r.uniform(-0.06, 0.06), // ± 7 degrees
    shear: r.uniform(-0.14, 0.14),
    scaleX: (r.chance(0.5) ? -1 : 1) * size * turn,
    scaleY: size,
    dx: r.uniform(-0.05, 0.05),
    dy: r.uniform(-0.05, 0.05),
  });
}

interface Planes {
  readonly rgb: Float32Array;
  readonly upper: Float32Array;
  readonly layer: Float32Array;
}

/** Draws a view of a shoe into `out` (3, side, side). */
function drawShoe(
  design: ShoeDesign,
  r: HostRandom,
  side: number,
  { rgb, upper, layer }: Planes,
  out: Uint8Array,
): void {
  const pose = randomPose(r, side);
  const area = side * side;
  const [light, ground] = [r.uniform(0.82, 1.12), r.uniform(0.9, 1)];
  rgb.fill(ground);
  coverage([upperOutline(design)], pose, side, upper);
  for (const { outlines, ink, clip } of shoeLayers(design)) {
    coverage(outlines, pose, side, layer);
    for (let i = 0; i < area; i++) {
      const share = Math.min(1, layer[i]) * (clip === 'upper' ? Math.min(1, upper[i]) : 1);
      if (share === 0) continue;
      // Light falls from above: y of drawing space, leaving out what the pose turns.
      const y = (Math.floor(i / side) + 0.5 - pose.ty) / pose.d;
      const shade = light * (1.04 - 0.16 * ((y + 1) / (GROUND + 1)));
      for (let c = 0; c < 3; c++) rgb[c * area + i] += (ink[c] * shade - rgb[c * area + i]) * share;
    }
  }
  const noise = r.uniform(1, 4);
  for (let i = 0; i < out.length; i++)
    out[i] = Math.min(255, Math.max(0, Math.round(255 * rgb[i] + noise * r.normal())));
}

function makePart(
  name: string,
  counts: ShoeCounts,
  views: number,
  side: number,
  seed: number,
  part: number,
): HeldDataset {
  const { brands, products } = counts;
  const count = products * views;
  const labels = hostRandom(seed, ORDER, part).shuffle(Uint32Array.from({ length: count }, (_, i) => i % products));
  const size = 3 * side * side;
  const images = new Uint8Array(count * size);
  const planes: Planes = {
    rgb: new Float32Array(size),
    upper: new Float32Array(side * side),
    layer: new Float32Array(side * side),
  };
  const designs = Array.from({ length: products }, (_, p) => designOf(seed, p % brands, Math.floor(p / brands)));
  for (let i = 0; i < count; i++)
    drawShoe(
      designs[labels[i]],
      hostRandom(seed, VIEW, part, i),
      side,
      planes,
      images.subarray(i * size, (i + 1) * size),
    );
  return {
    name,
    images,
    labels,
    count,
    channels: 3,
    height: side,
    width: side,
    classes: designs.map((_, p) => productName(p, counts)),
    classFields: designs.map(({ kind }, p) => ({ brand: brandName(p, counts), kind })),
  };
}

/**
 * Drawn pictures of shoes, each product a class: RGB on a light ground, 8 views of each for training and 2 others for
 * testing, from other angles and distances, mirrored, in other light. A brand shows in the mark on the side and in
 * favourite colours; a model has its own shape, sole, heel, laces, panels and colours. The same seed gives the same
 * bytes on every platform. For showing that thousands of classes can be learned; not a substitute for photographs.
 * @param side pixels; default 32.
 */
export function syntheticShoes(
  counts: ShoeCounts,
  { seed = 0, side = USUAL_SIDE }: { readonly seed?: number; readonly side?: number } = {},
): DatasetSplits<HeldDataset> {
  const name = `${counts.products} shoes`;
  return {
    train: makePart(`${name} train`, counts, VIEWS.train, side, seed, TRAIN),
    test: makePart(`${name} test`, counts, VIEWS.test, side, seed, TEST),
  };
}
