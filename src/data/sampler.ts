import { UsageError } from '../device/errors.js';
import type { ImageDataset } from './dataset.js';
import { groupBy } from './tables/group_by.js';
import { hostRandom } from './host_random.js';

// Keys of the uses of a seed, so that they never share random numbers.
const SPLIT = 1;
const ORDER = 2;
const BALANCED = 3;

function indices(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i);
}

function requireFraction(fraction: number): void {
  if (!(fraction >= 0 && fraction < 1))
    throw new UsageError(`validation fraction ${fraction} is not in [0, 1)`, { fix: 'e.g. 0.1' });
}

/**
 * Parts `count` images into train and validation indices, both in rising order and disjoint; validation gets
 * round(count * fraction) of them, drawn by `seed`. Throws UsageError unless 0 <= fraction < 1 and something is left to
 * train on.
 */
export function splitIndices(
  count: number,
  fraction: number,
  seed: number,
): { train: Uint32Array; validation: Uint32Array } {
  requireFraction(fraction);
  const held = Math.round(count * fraction);
  if (held >= count)
    throw new UsageError(`validation fraction ${fraction} of ${count} images leaves none to train on`, {
      fix: 'hold fewer back, or none',
    });
  const order = hostRandom(seed, SPLIT).shuffle(indices(count));
  return { train: order.slice(held).sort(), validation: order.slice(0, held).sort() };
}

/**
 * As splitIndices, but images with the same number in `groups` stay together: whole groups are held back while they
 * come nearer to the share.
 */
function splitGroups(
  groups: Uint32Array,
  fraction: number,
  seed: number,
): { train: Uint32Array; validation: Uint32Array } {
  requireFraction(fraction);
  const members = [...groupBy(groups.keys(), (i) => groups[i]).values()];
  const held: number[] = [];
  // The first of the order stays, so that something is left to train on.
  for (const k of hostRandom(seed, SPLIT).shuffle(indices(members.length)).slice(1)) {
    if (held.length + members[k].length / 2 <= fraction * groups.length) for (const i of members[k]) held.push(i);
  }
  const isHeld = new Set(held);
  return { train: indices(groups.length).filter((i) => !isHeld.has(i)), validation: Uint32Array.from(held).sort() };
}

/**
 * The parts of a data set: its own validation part where it has one, else `fraction` of the images drawn by `seed`,
 * whole groups where it has groups; see splitIndices.
 */
export function trainingSplit(
  { count, validationStart, groups }: Pick<ImageDataset, 'count' | 'validationStart' | 'groups'>,
  fraction: number,
  seed: number,
): { train: Uint32Array; validation: Uint32Array } {
  if (validationStart === undefined)
    return groups === undefined ? splitIndices(count, fraction, seed) : splitGroups(groups, fraction, seed);
  const all = indices(count);
  return { train: all.slice(0, validationStart), validation: all.slice(validationStart) };
}

/**
 * The order in which an epoch visits `count` images: a permutation of 0 … count - 1; the same seed and epoch give the
 * same one.
 */
export function epochOrder(count: number, epoch: number, seed: number): Uint32Array {
  return hostRandom(seed, ORDER, epoch).shuffle(indices(count));
}

/**
 * As many draws as there are `among` images, of every class equally often: to within one, and whose turn that is, is
 * drawn. Of a class no image comes again before all of it have come. The same seed and epoch give the same order.
 * @param labels (N) classes. @param among indices of images.
 */
export function balancedOrder(labels: ArrayLike<number>, among: Uint32Array, epoch: number, seed: number): Uint32Array {
  const random = hostRandom(seed, BALANCED, epoch);
  const classes = random.shuffle([...groupBy(among, (i) => labels[i]).values()]);
  const drawn = classes.flatMap((images, c) => {
    const times = Math.floor((among.length + classes.length - 1 - c) / classes.length);
    const passes = Array.from({ length: Math.ceil(times / images.length) }, () => random.shuffle([...images]));
    return passes.flat().slice(0, times);
  });
  return random.shuffle(Uint32Array.from(drawn));
}
