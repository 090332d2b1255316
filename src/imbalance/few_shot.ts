/**
 * The generalised few-shot setting: some classes keep few images, the others stay as they are, the test set stays whole
 * (after "Fashion style classification under class imbalance", whose five classes of fourteen keep n_f images in
 * training and in validation).
 */
import { normalName } from '../data/names.js';
import type { ImageDataset } from '../data/dataset.js';
import { hostRandom } from '../data/host_random.js';
import { trainingSplit } from '../data/sampler.js';
import { DataError, UsageError } from '../device/errors.js';
import { namedAll } from '../text/width.js';
import { worded } from '../text/wording.js';

export interface FewShotConfig {
  /** How many classes keep few images, drawn by the seed; or which. */
  readonly minority: number | readonly string[];
  /** Images of a minority class that training keeps, and validation where it has so many. */
  readonly nF: number;
  /** The most training images that a majority class keeps; null: all. */
  readonly cap: number | null;
  /** Share held back for validation, where the data have no validation part of their own. */
  readonly valSplit: number;
  readonly seed: number;
}

export interface FewShot {
  /** Numbers of images of the data set, rising. */
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  /** Of each class, whether it keeps few. */
  readonly isMinority: readonly boolean[];
}

// Keys of the uses of a seed, apart from those of data/sampler.ts.
const CLASSES = 3;
const IMAGES = 4;

/**
 * @throws UsageError when there are not so many classes or not those; DataError when a minority class has fewer images
 * than n_f, or another none.
 */
export function fewShot(
  data: Pick<ImageDataset, 'name' | 'count' | 'labels' | 'classes' | 'validationStart'>,
  { minority, nF, cap, valSplit, seed }: FewShotConfig,
): FewShot {
  const isMinority = chooseMinority(data.classes, minority, seed);
  const split = trainingSplit(data, valSplit, seed);
  const keep = (indices: Uint32Array, use: number, limit: (c: number) => number): Uint32Array => {
    const left = data.classes.map((_, c) => limit(c));
    return hostRandom(seed, IMAGES, use)
      .shuffle(Uint32Array.from(indices))
      .filter((i) => left[data.labels[i]]-- > 0)
      .sort();
  };
  const train = keep(split.train, 0, (c) => (isMinority[c] ? nF : (cap ?? Infinity)));
  const validation = keep(split.validation, 1, (c) => (isMinority[c] ? nF : Infinity));
  const scarce = data.classes.findIndex(
    (_, c) => isMinority[c] && split.train.filter((i) => data.labels[i] === c).length < nF,
  );
  if (scarce >= 0) {
    const { length } = split.train.filter((i) => data.labels[i] === scarce);
    throw new DataError(
      `${data.name}: ${data.classes[scarce]} has ${length} images for training, n_f ${nF} (seed ${seed}) wants ` +
        `${nF} of it`,
      {
        fix: worded`leave that class out with {classes}, name the minority classes with {minority}, or give a
          smaller {nF}`,
      },
    );
  }
  const empty = data.classes.find((_, c) => !train.some((i) => data.labels[i] === c));
  if (empty !== undefined)
    throw new DataError(`${data.name}: no image of ${empty} is left for training`, {
      fix: worded`merge or leave out that class with {classes}, or hold fewer back with {valSplit}`,
    });
  if (validation.length === 0)
    throw new UsageError(
      worded`{valSplit} ${valSplit} leaves no validation images: the epoch of every stage is chosen by them`,
      { fix: worded`e.g. {valSplit} 0.1` },
    );
  return { train, validation, isMinority };
}

function chooseMinority(classes: readonly string[], minority: number | readonly string[], seed: number): boolean[] {
  if (typeof minority === 'number') {
    if (minority < 1 || minority >= classes.length)
      throw new UsageError(
        worded`{minority} ${minority}: of ${classes.length} classes 1 to ${classes.length - 1} can be in the
          minority`,
        { fix: 'give fewer, or their names' },
      );
    const chosen = hostRandom(seed, CLASSES)
      .shuffle(Uint32Array.from(classes, (_, c) => c))
      .slice(0, minority);
    return classes.map((_, c) => chosen.includes(c));
  }
  const known = classes.map(normalName);
  const named = minority.map(normalName);
  const unknown = named.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new UsageError(worded`{minority}: there is no class ${JSON.stringify(unknown)}`, {
      fix: `the classes are ${namedAll(classes)}`,
    });
  if (new Set(named).size === classes.length)
    throw new UsageError(worded`{minority} names all classes`, { fix: 'leave some in the majority' });
  return known.map((name) => named.includes(name));
}
