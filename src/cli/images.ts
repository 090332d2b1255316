/** The options that say how images are read, seen and augmented: between command line, configuration and reader. */
import { parseAugmentation } from '../data/augment_spec.js';
import { readClassMap } from '../data/class_map.js';
import type { LoadOptions } from '../data/load.js';
import { UsageError } from '../device/errors.js';
import type { TrainConfig } from '../train/config.js';

type ImageConfig = Pick<TrainConfig, 'imageSize' | 'crop' | 'classes' | 'augment'>;

/** Of resolved IMAGE_OPTIONS. @throws UsageError when they contradict each other or cannot be read. */
export async function imageConfig(o: Readonly<Record<string, unknown>>): Promise<ImageConfig> {
  const number = (name: string): number | null => (o[name] === undefined ? null : Number(o[name]));
  const [imageSize, crop] = [number('image-size'), number('crop')];
  if (imageSize !== null && crop !== null && crop > imageSize) throw new UsageError(`--crop ${crop} is more than --image-size ${imageSize}`, { fix: 'e.g. --image-size 256 --crop 224' });
  const augment = o['augment'] === undefined ? null : String(o['augment']);
  if (augment !== null && parseAugmentation(augment).crop === 0 && crop === null) {
    throw new UsageError(`--augment ${augment}: crop has nowhere to move: the network sees all of the image`, { fix: 'give it padding (crop=4), or give --crop' });
  }
  return { imageSize, crop, classes: o['classes'] === undefined ? null : await readClassMap(String(o['classes'])), augment };
}

/** How the images of a run are read. */
export function loadOptionsOf({ imageSize, crop, classes, seed }: Pick<TrainConfig, 'imageSize' | 'crop' | 'classes' | 'seed'>): LoadOptions {
  return { seed, ...(imageSize ? { imageSize } : {}), ...(crop ? { crop } : {}), ...(classes ? { classes } : {}), onProgress: pictureProgress };
}

/** Decoding thousands of photographs takes a while: the first time only. */
function pictureProgress(done: number, total: number): void {
  if (process.stderr.isTTY && (done % 50 === 0 || done === total)) process.stderr.write(`\r\x1b[K${done === total ? '' : `reading pictures: ${done} of ${total}`}`);
}
