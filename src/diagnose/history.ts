/** What the figures of a run's epochs tell, without looking at its network. Cheap: training says it meanwhile. */
import type { LossConfig } from '../train/config.js';
import type { EpochMetrics } from '../train/evaluate/metrics.js';
import { worded } from '../text/wording.js';
import type { Finding } from './finding.js';

/** The validation loss has risen when it is so many times its lowest. */
const RISEN = 1.1;
/** From here on the rise is more than a note. */
const RISEN_MUCH = 1.25;
/** Epochs after the lowest loss, at least: one may be luck. */
const EPOCHS_AFTER = 2;
/** The training loss has fallen to less than this share of the first epoch's … */
const FALLEN = 0.7;
/** … and the validation loss is above this share of its own first: it stays where it was. */
const STAYED = 0.9;
/** A training loss above this share of that of guessing, ln(classes), is that of a network that guesses. */
const GUESSING = 0.97;

const nats = (loss: number): string => loss.toFixed(3);

/**
 * The training loss of guessing: ln(classes) of cross-entropy, smoothed, weighted or mixed; null of other losses, whose
 * numbers are others (ArcFace's of a network that has learned is above it).
 */
export function guessingLoss({ loss, criterion }: LossConfig, classes: number): number | null {
  return loss === undefined && criterion === undefined ? Math.log(classes) : null;
}

/** What there is to say of epochs that are done. @param chance see `guessingLoss`. */
export function historyFindings(history: readonly EpochMetrics[], chance: number | null): Finding[] {
  return [overfitting(history), validationGap(history), guessing(history, chance)].filter((f) => f !== null);
}

function overfitting(history: readonly EpochMetrics[]): Finding | null {
  const losses = history.map((m) => m.valLoss ?? Infinity);
  const lowest = Math.min(...losses);
  if (history.length <= EPOCHS_AFTER || !Number.isFinite(lowest)) return null;
  const at = losses.indexOf(lowest);
  const [best, last] = [history[at], history[history.length - 1]];
  const valLoss = losses[losses.length - 1];
  if (history.length - 1 - at < EPOCHS_AFTER || valLoss < RISEN * lowest || last.trainLoss >= best.trainLoss)
    return null;
  return {
    check: 'overfitting',
    severity: valLoss >= RISEN_MUCH * lowest ? 'warning' : 'note',
    title: `the validation loss has risen since epoch ${best.epoch} while the training loss falls`,
    evidence:
      `validation ${nats(lowest)} after epoch ${best.epoch}, ${nats(valLoss)} after epoch ${last.epoch}; ` +
      `training ${nats(best.trainLoss)}, then ${nats(last.trainLoss)}`,
    meaning: 'the network learns its training images by heart: what it learns from there on does not carry over',
    advice: worded`fewer epochs ({patience} 3 stops by itself), {augment}, {weightDecay}, a smaller network, or more
      images`,
    numbers: { epoch: best.epoch, lowest, last: valLoss },
  };
}

function validationGap(history: readonly EpochMetrics[]): Finding | null {
  const [first, last] = [history[0], history[history.length - 1]];
  if (history.length < 3 || first.valLoss === null || last.valLoss === null) return null;
  const validation = history.map((m) => m.valLoss ?? Infinity);
  const hasFallen = last.trainLoss < FALLEN * first.trainLoss;
  if (!hasFallen || Math.min(...validation) < STAYED * first.valLoss) return null;
  return {
    check: 'validation-gap',
    severity: 'warning',
    title: `the validation loss stays at ${nats(last.valLoss)} while the training loss falls`,
    evidence:
      `training ${nats(first.trainLoss)} to ${nats(last.trainLoss)} in ${history.length} epochs, validation ` +
      `${nats(first.valLoss)} to ${nats(last.valLoss)}, ${nats(Math.min(...validation))} at best`,
    meaning:
      'validation images are not seen as training images are (batch norm’s statistics, preprocessing), their ' +
      'labels are others, or the network learns by heart from its first epoch on',
    advice: 'weft diagnose RUN tells which of these it is',
    numbers: { first: first.valLoss, last: last.valLoss },
  };
}

function guessing(history: readonly EpochMetrics[], chance: number | null): Finding | null {
  const last = history[history.length - 1];
  if (chance === null || history.length < 2 || last.trainLoss < GUESSING * chance) return null;
  return {
    check: 'no-learning',
    severity: 'problem',
    title: `after ${history.length} epochs the network still guesses`,
    evidence: `training loss ${nats(last.trainLoss)}; ln(${Math.round(Math.exp(chance))} classes) is ${nats(chance)}`,
    meaning: 'nothing is learned: the rate is far too high (the loss blew up) or too low, or labels are random',
    advice: worded`weft lr-find, then another {lr}; weft data show, to see whether labels fit`,
    numbers: { loss: last.trainLoss, chance },
  };
}
