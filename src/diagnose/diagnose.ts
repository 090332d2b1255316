/**
 * What is wrong with a run, if anything: its checkpoint goes through some of its images, forward and backward, and what
 * is measured is compared with what it should be. Nothing of the run changes.
 */
import type { DatasetSplits, ImageDataset } from '../data/dataset.js';
import { meanStd } from '../data/normalize.js';
import { trainingSplit } from '../data/sampler.js';
import type { Device } from '../device/device.js';
import { inModelClasses } from '../inference/evaluate_checkpoint.js';
import { extractFeatures } from '../inference/extract_features.js';
import { modelSpec } from '../nn/models/registry.js';
import type { Module } from '../nn/module.js';
import { named } from '../text/width.js';
import { modelOf, restore, type Checkpoint } from '../train/checkpoint/checkpoint.js';
import { freezeAsConfigured } from '../train/model.js';
import { prepareTraining } from '../train/prepare.js';
import { findCopies, hashed } from './copies.js';
import { inOrder, percent, type Finding } from './finding.js';
import { guessingLoss, historyFindings } from './history.js';
import { drawEvenly, drawSample, evenIndices, gainInDeviations, judge, type Judged } from './judge.js';
import { votesOf, type ClassVotes } from './labels.js';
import { measureSteps, type LayerFigures } from './layers.js';
import { normFindings } from './norm_findings.js';
import { keepingNorms, renewStatistics, type NormDistance } from './norm_statistics.js';
import { alternativesOf, meanShift, preprocessingFindings } from './preprocessing.js';
import { rateFindings } from './rates.js';
import * as rules from './rules.js';

/** What a run is diagnosed with. */
export interface DiagnosedRun {
  readonly checkpoint: Checkpoint;
  /** That of the last epoch, with the optimizer's state: steps begin there. null: no steps are taken. */
  readonly last: Checkpoint | null;
  /** The run's own data. */
  readonly splits: DatasetSplits;
  /** Images to be judged by in place of the run's test part. */
  readonly other?: ImageDataset;
}

/** Accuracy and loss of some images of a part. */
export interface PartFigures {
  readonly part: string;
  readonly count: number;
  readonly accuracy: number;
  readonly loss: number;
}

/** Everything that was measured. */
export interface Diagnosis {
  readonly findings: readonly Finding[];
  readonly parts: readonly PartFigures[];
  readonly layers: LayerFigures | null;
  readonly norms: readonly NormDistance[];
  readonly votes: readonly ClassVotes[];
}

/** Images that are looked at, of each part: fewer where they are large. */
const SAMPLE = { least: 64, most: 500, numbers: 2 ** 23 } as const;
/** Training steps that are taken. */
const STEPS = 3;
/** Judged images for which copies are searched, and training images among which: all pairs are compared. */
const SEARCHED = 1000;
const AMONG = 20_000;
const SEED = 1;
/** Mistakes that are named. */
const NAMED = 3;

/** @param onProgress is told what is looked at. */
export async function diagnose(
  device: Device,
  { checkpoint, last, splits, other }: DiagnosedRun,
  onProgress: (what: string) => void = () => {},
): Promise<Diagnosis> {
  const { header } = checkpoint;
  const { config, normalization, classes, progress } = header;
  const train = inModelClasses(checkpoint, splits.train);
  const split = trainingSplit(train, config.valSplit, config.seed);
  const { channels, height, width } = header.input;
  const most = Math.max(SAMPLE.least, Math.min(SAMPLE.most, Math.floor(SAMPLE.numbers / (channels * height * width))));
  const model = modelOf(checkpoint).to(device);
  restore(checkpoint, model, null);
  freezeAsConfigured(model, config);
  const findings: Finding[] = [];
  const parts: PartFigures[] = [];
  try {
    onProgress('answers');
    const trained = drawEvenly(train, split.train, most, SEED);
    const heldBack = split.validation.length > 0 ? drawEvenly(train, split.validation, most, SEED) : null;
    const tested = other ?? splits.test;
    const test = tested && drawEvenly(inModelClasses(checkpoint, tested), everyIndex(tested), most, SEED);
    const judgeOf = async (part: string, data: ImageDataset): Promise<Judged> => {
      const answers = await judge(device, model, data, normalization);
      parts.push({ part, count: data.count, accuracy: answers.accuracy, loss: answers.loss });
      return answers;
    };
    const onTrained = await judgeOf('training', trained);
    const onHeld = heldBack && (await judgeOf('validation', heldBack));
    const onTest = test && (await judgeOf('test', test));

    onProgress('labels');
    const voters = drawSample(train, split.train, 2 * most, SEED);
    const votes = votesOf(await extractFeatures(device, model, modelSpec(header.model).head, voters, normalization));
    const wrong = mistakesIn(trained, onTrained, classes);
    findings.push(...rules.labelFindings(votes, onTrained.accuracy, wrong));

    onProgress('preprocessing');
    for (const [part, data, answers] of [
      ['test', test, onTest],
      ['validation', heldBack, onHeld],
    ] as const) {
      if (data === null || answers === null) continue;
      const alternatives = alternativesOf(data, trained);
      const tried: Judged[] = [];
      for (const a of alternatives) tried.push(await judge(device, model, a.data, normalization));
      const shift = meanShift(meanStd(data), meanStd(trained));
      findings.push(...preprocessingFindings(answers, alternatives, tried, part, shift));
    }

    onProgress('copies');
    const among = hashed(train, evenIndices(split.train, AMONG, SEED));
    for (const [part, data, indices] of [
      ['test', tested, tested && everyIndex(tested)],
      ['validation', train, split.validation],
    ] as const)
      if (data !== null && indices !== null && indices.length > 0)
        findings.push(
          ...rules.copyFindings(findCopies(hashed(data, evenIndices(indices, SEARCHED, SEED)), among), part),
        );

    const counts = classes.map(() => 0);
    for (const i of split.train) counts[train.labels[i]]++;
    const unseen = onTest ?? onHeld;
    if (unseen !== null) findings.push(...rules.imbalanceFindings(classes, counts, unseen));
    if (onHeld !== null && heldBack !== null)
      findings.push(...rules.fewFindings(onHeld.accuracy, split.validation.length, 'validation'));

    onProgress('batch norm');
    const norms = await renewed(device, model, { train, among: split.train, most, batch: config.batch }, checkpoint);
    if (norms.length > 0) {
      const data = heldBack ?? test ?? trained;
      const before = onHeld ?? onTest ?? onTrained;
      const after = await judge(device, model, data, normalization);
      findings.push(...normFindings(norms, before, after, gainInDeviations(before, after)));
    }

    onProgress('steps');
    const layers = last === null ? null : await stepFigures(device, last, splits);
    findings.push(...historyFindings(progress.history, guessingLoss(config, classes.length)));
    if (layers !== null) {
      const dead = rules.deadFindings(layers.units);
      findings.push(...dead, ...rules.saturationFindings(layers.units), ...rules.gradientFindings(layers.weights));
      onProgress('learning rate');
      if (last !== null)
        findings.push(
          ...(await rateFindings(
            device,
            last,
            splits.train,
            layers.weights,
            dead.some((f) => f.severity === 'problem'),
          )),
        );
    }
    return { findings: inOrder(findings), parts, layers, norms, votes };
  } finally {
    model.release();
  }
}

const everyIndex = ({ count }: ImageDataset): Uint32Array => Uint32Array.from({ length: count }, (_, i) => i);

/** The training images that are taken for another class with most certainty, in words. */
function mistakesIn(
  data: ImageDataset,
  { predictions, labels, probabilities }: Judged,
  classes: readonly string[],
): string[] {
  const sure = (n: number): number => probabilities[n * classes.length + predictions[n]];
  return [...labels.keys()]
    .filter((n) => predictions[n] !== labels[n])
    .sort((a, b) => sure(b) - sure(a))
    .slice(0, NAMED)
    .map((n) => {
      const file = data.origins === undefined ? '' : `${named(data.origins[n].file)}, `;
      const [label, taken] = [labels[n], predictions[n]].map((c) => named(classes[c]));
      return `${file}labelled ${label}, for ${taken} (${percent(sure(n))})`;
    });
}

/** Gives a model the statistics of training images; nothing to do without batch norms. */
function renewed(
  device: Device,
  model: Module,
  { train, among, most, batch }: { train: ImageDataset; among: Uint32Array; most: number; batch: number },
  { header: { normalization } }: Checkpoint,
): Promise<NormDistance[]> {
  if (keepingNorms(model).length === 0) return Promise.resolve([]);
  return renewStatistics(
    device,
    model,
    drawEvenly(train, among, Math.max(most, 2 * batch), SEED),
    normalization,
    batch,
  );
}

/** Goes on from the last epoch for some steps, with the run's own optimizer, and throws the result away. */
async function stepFigures(device: Device, last: Checkpoint, { train, test }: DatasetSplits): Promise<LayerFigures> {
  const { config, progress } = last.header;
  const prepared = await prepareTraining(device, config, train, test, last);
  try {
    const { step } = prepared;
    step.optimizer.lr = Math.max(config.lr, ...progress.history.map((m) => m.lr));
    step.walk.restart(step.shares.order(step.orderOf(progress.epoch)));
    const batch = Math.min(config.batch, step.shares.order(step.orderOf(0)).length);
    const figures = await measureSteps(device, step, batch, STEPS);
    return { ...figures, weights: figures.weights.filter((w) => w.update > 0) };
  } finally {
    prepared.release();
  }
}
