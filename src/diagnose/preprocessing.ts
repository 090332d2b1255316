/** Whether the images that a run is judged by are read as those that it was trained on: the alternatives are tried. */
import type { HeldDataset, ImageDataset } from '../data/dataset.js';
import { imageReader } from '../data/images.js';
import { meanStd, type Normalization } from '../data/normalize.js';
import { worded } from '../text/wording.js';
import { percent, type Finding } from './finding.js';
import { gainInDeviations, type Judged } from './judge.js';

/** Another way of reading images, which answers are asked of. */
export interface Alternative {
  readonly name: string;
  /** What is wrong where it does better. */
  readonly fault: string;
  readonly data: ImageDataset;
}

/** So many points more, and so many standard deviations of luck, make another reading the right one. */
const GAIN = 0.05;
const DEVIATIONS = 3.5;

function held(data: ImageDataset): HeldDataset {
  const { images, count, channels, height, width } = data;
  return { ...data, images: imageReader(images, channels * height * width)(0, count).slice() };
}

/** @param training images as they were trained on, whose statistics others may be given. */
export function alternativesOf(given: ImageDataset, training: ImageDataset): Alternative[] {
  const data = held(given);
  const area = data.height * data.width;
  const { channels } = data;
  const painted = (of: (v: number, channel: number, n: number) => number): ImageDataset => ({
    ...data,
    images: data.images.map((v, i) => of(v, Math.floor(i / area) % channels, i)),
  });
  const [own, theirs] = [meanStd(given), meanStd(training)];
  const matched = (v: number, c: number): number =>
    Math.max(
      0,
      Math.min(255, Math.round(255 * (((v / 255 - own.mean[c]) / own.std[c]) * theirs.std[c] + theirs.mean[c]))),
    );
  const swapped = (_: number, c: number, i: number): number => data.images[i + (2 - 2 * c) * area];
  const turned = (_: number, __: number, i: number): number => {
    const [y, x] = [Math.floor((i % area) / data.width), i % data.width];
    return data.images[i - (i % area) + x * data.width + y];
  };
  return [
    { name: 'inverted', fault: 'black and white are exchanged', data: painted((v) => 255 - v) },
    ...(channels === 3
      ? [{ name: 'channels swapped', fault: 'red and blue are exchanged (BGR for RGB)', data: painted(swapped) }]
      : []),
    ...(data.height === data.width
      ? [{ name: 'transposed', fault: 'rows and columns are exchanged', data: painted(turned) }]
      : []),
    {
      name: 'range matched',
      fault: 'their range of numbers is another (scaled, darker or brighter)',
      data: painted(matched),
    },
  ];
}

/** How far the mean of images lies from that of others, in deviations of these: the channel with most. */
export function meanShift(of: Normalization, from: Normalization): number {
  return Math.max(...of.mean.map((m, c) => Math.abs(m - from.mean[c]) / from.std[c]));
}

/** @param tried answers to each alternative, in its order. @param part whose images they are. */
export function preprocessingFindings(
  asIs: Judged,
  alternatives: readonly Alternative[],
  tried: readonly Judged[],
  part: string,
  shift: number,
): Finding[] {
  const all = alternatives.map((a, i) => ({ ...a, judged: tried[i], deviations: gainInDeviations(asIs, tried[i]) }));
  const best = all.reduce((a, b) => (b.judged.accuracy > a.judged.accuracy ? b : a));
  const gain = best.judged.accuracy - asIs.accuracy;
  if (gain < GAIN || best.deviations < DEVIATIONS) return [];
  return [
    {
      check: 'preprocessing',
      severity: 'problem',
      title: `the ${part} images are not read as the training images were: ${best.fault}`,
      evidence:
        `${percent(asIs.accuracy)} of ${asIs.labels.length} ${part} images are right as they are, ` +
        `${all.map((a) => `${percent(a.judged.accuracy)} ${a.name}`).join(', ')}; their mean is ` +
        `${shift.toFixed(2)} deviations from that of the training images`,
      meaning: 'the network sees what it has never seen; its training figures are right, those of this part are not',
      advice: worded`read both parts by the same code ({data}); look at them with weft data show`,
      numbers: { asIs: asIs.accuracy, best: best.judged.accuracy, deviations: best.deviations, shift },
    },
  ];
}
