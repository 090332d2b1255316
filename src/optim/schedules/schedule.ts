/** Learning-rate schedules: what a run may ask for, and the rate of each of its steps. */
import { UsageError } from '../../device/errors.js';
import { dynamicRate } from './dynamic.js';
import { cosineRate, exponentialFactor, multiStepFactor, oneCycleRate, stepFactor, warmupFactor } from './formulas.js';
import { plateauCuts } from './plateau.js';

export const SCHEDULES = [
  'constant',
  'step',
  'multistep',
  'exponential',
  'cosine',
  'onecycle',
  'plateau',
  'dynamic',
] as const;
/** The name of a schedule. */
export type ScheduleName = (typeof SCHEDULES)[number];

/** A schedule as it is asked for. What is absent has a default that suits the schedule: see `completeSchedule`. */
export interface ScheduleConfig {
  readonly name: ScheduleName;
  /** Epochs, or parts of one, in which the rate rises linearly; every schedule but onecycle. */
  readonly warmup?: number;
  /** step: epochs between cuts. */
  readonly step?: number;
  /** multistep: the epochs at whose start the rate is cut. */
  readonly milestones?: readonly number[];
  /** step, multistep, plateau, dynamic: the factor of a cut. exponential: of an epoch. */
  readonly gamma?: number;
  /** plateau, dynamic: epochs without a lower validation loss that are borne. */
  readonly patience?: number;
  /** cosine: where the rate ends. plateau and dynamic: it never goes below. */
  readonly min?: number;
  /** onecycle: share of the run in which the rate rises. */
  readonly rise?: number;
  /** onecycle: the rate starts at lr / start. */
  readonly start?: number;
  /** onecycle: the rate ends at lr / start / end. */
  readonly end?: number;
}

type Setting = Exclude<keyof ScheduleConfig, 'name'>;

/** What each schedule takes besides its name. */
export const SCHEDULE_SETTINGS: Readonly<Record<ScheduleName, readonly Setting[]>> = {
  constant: ['warmup'],
  step: ['warmup', 'step', 'gamma'],
  multistep: ['warmup', 'milestones', 'gamma'],
  exponential: ['warmup', 'gamma'],
  cosine: ['warmup', 'min'],
  onecycle: ['rise', 'start', 'end'],
  plateau: ['warmup', 'gamma', 'patience', 'min'],
  dynamic: ['warmup', 'gamma', 'patience', 'min'],
};

/** What the rates depend on besides the schedule. */
export interface ScheduledRun {
  /** The rate that was asked for: where most schedules begin, onecycle's highest. */
  readonly lr: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly batch: number;
}

/**
 * The learning rate of a step.
 * @param step counted from 0 over the whole run. @param losses validation losses of the epochs that are over.
 */
export type Schedule = (step: number, losses: readonly (number | null)[]) => number;

/** The defaults of one schedule, for a run of so many epochs. */
export function completeSchedule(s: ScheduleConfig, epochs: number): Required<ScheduleConfig> {
  const gamma = {
    constant: 1,
    step: 0.1,
    multistep: 0.1,
    exponential: 0.9,
    cosine: 1,
    onecycle: 1,
    plateau: 0.1,
    dynamic: 0.5,
  }[s.name];
  return {
    warmup: s.name === 'dynamic' ? 1 : 0,
    step: Math.max(1, Math.ceil(epochs / 3)),
    milestones: [Math.ceil(epochs / 2), Math.ceil((3 * epochs) / 4)], // as the residual-learning paper does on CIFAR-10
    gamma,
    patience: s.name === 'dynamic' ? 1 : 10,
    min: 0,
    rise: 0.3,
    start: 25,
    end: 1e4,
    ...s,
  };
}

/**
 * step, multistep, exponential and plateau change between epochs, as PyTorch's do; cosine, onecycle, dynamic and every
 * warm-up with each step. The warm-up multiplies what the schedule says, except that cosine begins after it.
 * @throws UsageError when a setting is not the schedule's, or out of its range.
 */
export function makeSchedule(config: ScheduleConfig, run: ScheduledRun): Schedule {
  checkSchedule(config);
  const { lr, epochs, stepsPerEpoch, batch } = run;
  const s = completeSchedule(config, epochs);
  const steps = epochs * stepsPerEpoch;
  const warmup = Math.min(Math.round(s.warmup * stepsPerEpoch), steps);
  const epochOf = (t: number): number => Math.floor(t / stepsPerEpoch);
  const warm = (t: number): number => lr * warmupFactor(t, warmup);
  switch (s.name) {
    case 'constant':
      return warm;
    case 'step':
      return (t) => warm(t) * stepFactor(epochOf(t), s.step, s.gamma);
    case 'multistep':
      return (t) => warm(t) * multiStepFactor(epochOf(t), s.milestones, s.gamma);
    case 'exponential':
      return (t) => warm(t) * exponentialFactor(epochOf(t), s.gamma);
    case 'cosine':
      return (t) => (t < warmup ? warm(t) : cosineRate(t - warmup, Math.max(1, steps - warmup), lr, s.min));
    case 'onecycle':
      return (t) => oneCycleRate(t, steps, lr, s);
    case 'plateau':
      return (t, losses) => Math.max(s.min, lr * s.gamma ** plateauCuts(losses, s.patience)) * warmupFactor(t, warmup);
    case 'dynamic':
      return (t, losses) =>
        Math.max(s.min, dynamicRate(t, plateauCuts(losses, s.patience), { lr, batch, warmup, steps, gamma: s.gamma }));
    default:
      s.name satisfies never;
      throw new UsageError(`there is no schedule "${String(s.name)}"`, { fix: `use one of ${SCHEDULES.join(', ')}` });
  }
}

const RANGES: Readonly<Record<Exclude<Setting, 'milestones'>, readonly [ok: (v: number) => boolean, form: string]>> = {
  warmup: [(v) => v >= 0, 'a number of epochs of at least 0'],
  step: [(v) => Number.isSafeInteger(v) && v > 0, 'a whole number of epochs of at least 1'],
  gamma: [(v) => v > 0 && v <= 1, 'above 0 and at most 1'],
  patience: [(v) => Number.isSafeInteger(v) && v >= 0, 'a whole number of epochs of at least 0'],
  min: [(v) => v >= 0, 'a rate of at least 0'],
  rise: [(v) => v > 0 && v < 1, 'a share between 0 and 1'],
  start: [(v) => v >= 1, 'at least 1'],
  end: [(v) => v >= 1, 'at least 1'],
};

/** @throws UsageError when a setting is not the schedule's, or out of its range. */
export function checkSchedule(config: ScheduleConfig): void {
  const own = SCHEDULE_SETTINGS[config.name];
  if (own === undefined)
    throw new UsageError(`there is no schedule "${String(config.name)}"`, {
      fix: `use one of ${SCHEDULES.join(', ')}`,
    });
  for (const [key, value] of Object.entries(config)) {
    if (key === 'name' || value === undefined) continue;
    if (!own.includes(key as Setting))
      throw new UsageError(`the schedule ${config.name} has no ${key}`, { fix: `it takes ${own.join(', ')}` });
    if (key === 'milestones') {
      const list = value as readonly number[];
      if (
        !Array.isArray(list) ||
        list.length === 0 ||
        list.some((v, i) => !Number.isSafeInteger(v) || v < 1 || v <= (list[i - 1] ?? 0))
      )
        throw new UsageError(`milestones ${JSON.stringify(list)} are not rising epochs`, { fix: 'e.g. 5,8' });
      continue;
    }
    const [ok, form] = RANGES[key as keyof typeof RANGES];
    if (typeof value !== 'number' || !Number.isFinite(value) || !ok(value))
      throw new UsageError(`${key} ${String(value)} of the schedule is not ${form}`, {
        fix: 'leave it out for the default',
      });
  }
}
