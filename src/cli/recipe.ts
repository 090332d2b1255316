/** Options of a training recipe beyond the basic ones: the schedule of the learning rate, early stopping, clipping, smoothing, averaging. */
import { UsageError } from '../device/errors.js';
import { checkSchedule, SCHEDULE_SETTINGS, SCHEDULES, type ScheduleConfig, type ScheduleName } from '../train/schedules/schedule.js';
import type { TrainConfig } from '../train/config.js';
import type { OptionSpec } from './options.js';

/** Schedule options by the setting that each is. */
const SETTINGS = {
  warmup: 'warmup',
  step: 'lr-step',
  milestones: 'milestones',
  gamma: 'lr-gamma',
  patience: 'lr-patience',
  min: 'lr-min',
  rise: 'lr-rise',
  start: 'lr-start',
  end: 'lr-end',
} as const satisfies Record<Exclude<keyof ScheduleConfig, 'name'>, string>;

export const RECIPE_OPTIONS = {
  schedule: { type: 'string', describe: 'how the learning rate moves', choices: SCHEDULES, default: 'constant' },
  warmup: { type: 'number', describe: 'epochs (or a part of one) in which the rate rises linearly; not for onecycle (default: 0; dynamic: 1)', min: 0 },
  'lr-step': { type: 'integer', describe: 'step: epochs between cuts (default: a third of the run)', min: 1 },
  milestones: { type: 'string', describe: 'multistep: epochs after which the rate is cut, e.g. 5,8 (default: at 1/2 and 3/4 of the run)' },
  'lr-gamma': { type: 'number', describe: 'factor of a cut, for exponential of every epoch (default: 0.1; exponential 0.9; dynamic 0.5)', min: 0 },
  'lr-patience': { type: 'integer', describe: 'plateau, dynamic: epochs without a lower validation loss before a cut (default: 10; dynamic 1)', min: 0 },
  'lr-min': { type: 'number', describe: 'cosine: the last rate; plateau, dynamic: the lowest (default: 0)', min: 0 },
  'lr-rise': { type: 'number', describe: 'onecycle: share of the run in which the rate rises (default: 0.3)', min: 0, below: 1 },
  'lr-start': { type: 'number', describe: 'onecycle: begins at --lr divided by this (default: 25)', min: 1 },
  'lr-end': { type: 'number', describe: 'onecycle: ends at its first rate divided by this (default: 10000)', min: 1 },
  patience: { type: 'integer', describe: 'stop when so many epochs brought no better validation accuracy', min: 1 },
  'clip-norm': { type: 'number', describe: 'scale the gradients down to this norm', min: 0 },
  'label-smoothing': { type: 'number', describe: 'share of each label spread over all classes; part of the training loss only', default: 0, min: 0, below: 1 },
  ema: { type: 'number', describe: 'decay of a moving average of the weights, which is validated and kept as best, e.g. 0.999', min: 0, below: 1 },
  'validate-on': { type: 'string', describe: 'what is measured after every epoch: images held back, or the test images (for curves; the best epoch is then chosen on them)', choices: ['held-back', 'test'], default: 'held-back' },
} as const satisfies Record<string, OptionSpec>;

type Values = Readonly<Record<string, string | number | boolean | undefined>>;

/** @throws UsageError when an option belongs to another schedule, or the list of milestones is none. */
function scheduleOf(o: Values): ScheduleConfig | undefined {
  const name = o['schedule'] as ScheduleName;
  const given = Object.entries(SETTINGS).filter(([, option]) => o[option] !== undefined);
  for (const [setting, option] of given) {
    if (SCHEDULE_SETTINGS[name].includes(setting as keyof typeof SETTINGS)) continue;
    const users = SCHEDULES.filter((s) => SCHEDULE_SETTINGS[s].includes(setting as keyof typeof SETTINGS));
    throw new UsageError(`--${option} is for the schedule${users.length > 1 ? 's' : ''} ${users.join(', ')}; the schedule is ${name}`, { fix: `leave it out, or give --schedule ${users[0]}` });
  }
  if (name === 'constant' && given.length === 0) return undefined;
  const schedule: ScheduleConfig = { name, ...Object.fromEntries(given.map(([setting, option]) => [setting, setting === 'milestones' ? epochList(String(o[option])) : o[option]])) };
  checkSchedule(schedule);
  return schedule;
}

function epochList(text: string): number[] {
  const list = text.split(',').map((word) => (word.trim() === '' ? Number.NaN : Number(word)));
  if (list.some((v, i) => !Number.isSafeInteger(v) || v < 1 || v <= (list[i - 1] ?? 0))) throw new UsageError(`--milestones "${text}" is not a list of rising epochs`, { fix: 'e.g. --milestones 5,8' });
  return list;
}

/** The part of a configuration that these options make. What has its default is left out. */
export function recipeOf(o: Values): Pick<TrainConfig, 'schedule' | 'patience' | 'clipNorm' | 'labelSmoothing' | 'ema' | 'validateOnTest'> {
  const schedule = scheduleOf(o);
  const number = (name: string): number | undefined => (o[name] === undefined || o[name] === 0 ? undefined : Number(o[name]));
  const [patience, clipNorm, labelSmoothing, ema] = ['patience', 'clip-norm', 'label-smoothing', 'ema'].map(number);
  const validateOnTest = o['validate-on'] === 'test';
  if (validateOnTest && patience !== undefined) throw new UsageError('--patience would choose by the test images when --validate-on is test', { fix: 'leave one of them out' });
  return {
    ...(schedule === undefined ? {} : { schedule }),
    ...(patience === undefined ? {} : { patience }),
    ...(clipNorm === undefined ? {} : { clipNorm }),
    ...(labelSmoothing === undefined ? {} : { labelSmoothing }),
    ...(ema === undefined ? {} : { ema }),
    ...(validateOnTest ? { validateOnTest } : {}),
  };
}
