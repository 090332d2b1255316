/** From what was measured of layers, labels and images to findings. Each threshold: docs/diagnose.md. */
import { worded } from '../text/wording.js';
import { named, namedAll } from '../text/width.js';
import type { Copies } from './copies.js';
import { percent, type Finding } from './finding.js';
import { confidenceInterval, type Judged } from './judge.js';
import type { ClassVotes } from './labels.js';
import type { UnitFigures, WeightFigures } from './layers.js';

/** Shares of units that never answer, of the layer with most of them. */
const DEAD = { note: 0.6, problem: 0.9 } as const;
/** Shares of outputs at the ends of tanh and sigmoids. */
const SATURATED = { note: 0.4, warning: 0.7 } as const;
/** Gradients of the layer with the smallest over those of the one with the largest. */
const VANISHED = 1e-6;
/** Root mean square of a gradient from which on it has exploded. */
const EXPLODED = 1e3;
/** The labels of a class are doubted when its neighbours agree with less than this share of them … */
const AGREEMENT = 0.5;
/** … and the other votes are spread this evenly, where a class that is merely hard is taken for one or two others … */
const SPREAD = 0.7;
/** … while the median of the classes is at least this much better, and this good: a weak network cannot tell. */
const BETTER = 0.25;
const ABLE = 0.6;
/** Fewer images of a class tell nothing about its labels, nor about how often it is found. */
const FEW = 15;
/** Copies among the judged images: more than this share is a problem. */
const COPIED = 0.01;
/** A class is rare below this share of the most frequent one's images, and neglected below half the accuracy of all. */
const RARE = 0.2;
/** Half of the interval of an accuracy, from which on it is said. */
const WIDE = 0.05;

export function deadFindings(units: readonly UnitFigures[]): Finding[] {
  const relu = units.filter((u) => u.dead !== null);
  const worst = relu.reduce<UnitFigures | null>((a, b) => ((b.dead ?? 0) > (a?.dead ?? 0) ? b : a), null);
  if (worst === null || (worst.dead ?? 0) < DEAD.note) return [];
  const dead = worst.dead ?? 0;
  return [
    {
      check: 'dead-units',
      severity: dead >= DEAD.problem ? 'problem' : 'note',
      title: `${percent(dead)} of the units of ${worst.layer} are dead`,
      evidence:
        `${Math.round(dead * worst.units)} of ${worst.units} relu units of ${worst.layer} were 0 for every sampled ` +
        `training image; ${relu.filter((u) => (u.dead ?? 0) >= DEAD.note).length} of ${relu.length} such layers ` +
        `have more than ${percent(DEAD.note)}`,
      meaning: 'a relu that is never above 0 gets no gradient and does not come back: part of the network is lost',
      advice: worded`a smaller {lr} or warm-up, another {seed}; batch norm where the model has none`,
      numbers: { dead },
    },
  ];
}

export function saturationFindings(units: readonly UnitFigures[]): Finding[] {
  const worst = units.reduce<UnitFigures | null>((a, b) => ((b.saturated ?? 0) > (a?.saturated ?? 0) ? b : a), null);
  const share = worst?.saturated ?? 0;
  if (worst === null || share < SATURATED.note) return [];
  return [
    {
      check: 'saturation',
      severity: share >= SATURATED.warning ? 'warning' : 'note',
      title: `${percent(share)} of what ${worst.layer} gives lies at the ends of its activation`,
      evidence: `${worst.activation} of ${worst.layer}: ${percent(share)} of the outputs within 3 % of an end`,
      meaning: 'there the activation is flat, and hardly any gradient passes through it',
      advice: worded`a smaller {lr}, {weightDecay}, {clipNorm}; see whether images are normalised`,
      numbers: { saturated: share },
    },
  ];
}

export function gradientFindings(weights: readonly WeightFigures[]): Finding[] {
  const sorted = [...weights].sort((a, b) => a.gradient - b.gradient);
  const [least, most] = [sorted[0], sorted[sorted.length - 1]];
  if (least === undefined || most.gradient === 0) return []; // of dead units: theirs is the finding
  const ratio = least.gradient / Math.max(most.gradient, 1e-30);
  const isExploded = most.gradient > EXPLODED;
  if (!isExploded && ratio >= VANISHED) return [];
  const figures =
    `root mean square of the gradient: ${least.gradient.toExponential(1)} in ${least.weight}, ` +
    `${most.gradient.toExponential(1)} in ${most.weight}`;
  return [
    {
      check: 'gradients',
      severity: 'warning',
      title: isExploded ? 'gradients explode' : `hardly any gradient reaches ${least.weight}`,
      evidence: figures,
      meaning: isExploded
        ? 'a step goes anywhere'
        : 'that layer does not learn: what lies between it and the loss lets no gradient through',
      advice: isExploded
        ? worded`{clipNorm} 1, a smaller {lr}`
        : worded`a network with shortcuts or batch norm; look at dead and saturated units`,
      numbers: { least: least.gradient, most: most.gradient },
    },
  ];
}

/** @param accuracy of the network on its training images: a weak one cannot tell. */
export function labelFindings(votes: readonly ClassVotes[], accuracy: number, mistakes: readonly string[]): Finding[] {
  const counted = votes.filter((v) => v.count >= FEW);
  const median = counted.map((v) => v.agreement).sort((a, b) => a - b)[Math.floor(counted.length / 2)] ?? 0;
  if (median < ABLE || accuracy < ABLE) return [];
  const doubted = counted.filter((v) => v.agreement < AGREEMENT && v.spread > SPREAD && median - v.agreement > BETTER);
  return doubted.map((v) => ({
    check: 'labels',
    severity: 'problem',
    title: `the labels of ${named(v.class)} look shuffled`,
    evidence:
      `of ${v.count} training images labelled ${named(v.class)} ${percent(v.agreement)} have neighbours with that ` +
      `label (median of the classes ${percent(median)}), and the others’ are spread over all classes ` +
      `(evenness ${v.spread.toFixed(2)} of 1)` +
      (mistakes.length > 0 ? `; most confidently taken for something else: ${mistakes.join('; ')}` : ''),
    meaning: 'a class that is hard is taken for one or two others like it; this one is taken for anything',
    advice: 'weft data show to look at the class; correct or leave out what is labelled wrongly',
    numbers: { agreement: v.agreement, spread: v.spread, median },
  }));
}

export function copyFindings({ searched, equal, near, pairs }: Copies, part: string): Finding[] {
  const found = equal + near;
  if (found <= COPIED * searched) return [];
  return [
    {
      check: 'copies',
      severity: 'problem',
      title: `${percent(found / searched)} of the ${part} images are among the training images too`,
      evidence:
        `of ${searched} ${part} images ${equal} are the same byte by byte and ${near} look the same; e.g. ` +
        pairs.map(([a, b]) => `${named(a)} = ${named(b)}`).join(', '),
      meaning: `the ${part} accuracy is better than the model: it has seen these answers`,
      advice: worded`weft data check names copies in pictures; {near} keeps groups that look alike in one part, and
        copies are left out unless {keepDuplicates} is given`,
      numbers: { searched, equal, near },
    },
  ];
}

/** @param counts training images of each class. @param judged answers to images that were not trained on. */
export function imbalanceFindings(classes: readonly string[], counts: readonly number[], judged: Judged): Finding[] {
  const most = Math.max(...counts);
  const recall = classes.map((_, c) => {
    const own = [...judged.labels.keys()].filter((n) => judged.labels[n] === c);
    return {
      count: own.length,
      share: own.filter((n) => judged.predictions[n] === c).length / Math.max(1, own.length),
    };
  });
  const neglected = classes.filter(
    (_, c) =>
      counts[c] > 0 && counts[c] < RARE * most && recall[c].count >= FEW && recall[c].share < judged.accuracy / 2,
  );
  if (neglected.length === 0) return [];
  const of = neglected.map((name) => classes.indexOf(name));
  return [
    {
      check: 'imbalance',
      severity: 'warning',
      title: `rare classes are hardly found: ${namedAll(neglected, 5)}`,
      evidence: of
        .map(
          (c) =>
            `${named(classes[c])}: ${counts[c]} training images of at most ${most}, ${percent(recall[c].share)} found`,
        )
        .join('; '),
      meaning: `a network that seldom sees a class seldom names it; ${percent(judged.accuracy)} in all hides it`,
      advice: worded`{classWeights} balanced, {sampling} balanced, {oversample} or {augmentClass}; weft imbalance
        compares them`,
      numbers: { rarest: Math.min(...of.map((c) => counts[c])), most },
    },
  ];
}

export function fewFindings(accuracy: number, count: number, part: string): Finding[] {
  const [low, high] = confidenceInterval(accuracy, count);
  if ((high - low) / 2 < WIDE) return [];
  return [
    {
      check: 'few-images',
      severity: 'note',
      title: `${count} ${part} images are few to tell runs apart by`,
      evidence: `accuracy ${percent(accuracy)}, with 95 % certainty between ${percent(low)} and ${percent(high)}`,
      meaning: 'two runs whose accuracies lie within that are not told apart, and the best epoch is chosen by luck',
      advice: worded`a larger {valSplit}, or several seeds ({seed}) and their mean`,
      numbers: { accuracy, low, high },
    },
  ];
}
