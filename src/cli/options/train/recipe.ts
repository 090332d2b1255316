/**
 * Options of a training recipe beyond the basic ones: the schedule of the learning rate, early stopping, clipping,
 * smoothing, averaging.
 */
import { UsageError } from '../../../device/errors.js';
import {
  checkSchedule,
  SCHEDULE_SETTINGS,
  SCHEDULES,
  type ScheduleConfig,
  type ScheduleName,
} from '../../../optim/schedules/schedule.js';
import { checkSwa, type SwaConfig } from '../../../optim/schedules/swa.js';
import type { FitConfig, LossConfig, OptimizerConfig } from '../../../train/config.js';

/** Schedule options by the setting that each is. */
export const SETTINGS = {
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

type Values = Readonly<Record<string, string | number | boolean | undefined>>;

/** @throws UsageError when an option belongs to another schedule, or the list of milestones is none. */
function scheduleOf(o: Values): ScheduleConfig | undefined {
  const name = o['schedule'] as ScheduleName;
  const given = Object.entries(SETTINGS).filter(([, option]) => o[option] !== undefined);
  for (const [setting, option] of given) {
    if (SCHEDULE_SETTINGS[name].includes(setting as keyof typeof SETTINGS)) continue;
    const users = SCHEDULES.filter((s) => SCHEDULE_SETTINGS[s].includes(setting as keyof typeof SETTINGS));
    throw new UsageError(
      `--${option} is for the schedule${users.length > 1 ? 's' : ''} ${users.join(', ')}; the schedule is ${name}`,
      { fix: `leave it out, or give --schedule ${users[0]}` },
    );
  }
  if (name === 'constant' && given.length === 0) return undefined;
  const schedule: ScheduleConfig = {
    name,
    ...Object.fromEntries(
      given.map(([setting, option]) => [setting, setting === 'milestones' ? epochList(String(o[option])) : o[option]]),
    ),
  };
  checkSchedule(schedule);
  return schedule;
}

function epochList(text: string): number[] {
  const list = text.split(',').map((word) => (word.trim() === '' ? Number.NaN : Number(word)));
  if (list.some((v, i) => !Number.isSafeInteger(v) || v < 1 || v <= (list[i - 1] ?? 0)))
    throw new UsageError(`--milestones "${text}" is not a list of rising epochs`, { fix: 'e.g. --milestones 5,8' });
  return list;
}

/** @throws UsageError when the averaging has settings and no beginning, or begins after the last epoch. */
function swaOf(o: Values): SwaConfig | undefined {
  const [start, lr, anneal] = ['swa-start', 'swa-lr', 'swa-anneal'].map((name) => o[name] as number | undefined);
  const alone = ['swa-lr', 'swa-anneal'].find((name) => o[name] !== undefined);
  if (start === undefined) {
    if (alone === undefined) return undefined;
    throw new UsageError(`--${alone} is for averages of weights, which have no beginning`, {
      fix: `leave it out, or give --swa-start EPOCH`,
    });
  }
  if (o['ema'] !== undefined && o['ema'] !== 0)
    throw new UsageError('--ema and --swa-start both say which averages are measured and kept as best', {
      fix: 'leave one of them out',
    });
  const swa = { start, ...(lr === undefined ? {} : { lr }), ...(anneal === undefined ? {} : { anneal }) };
  checkSwa(swa, Number(o['epochs']));
  return swa;
}

/** The part of a configuration that these options make. What has its default is left out. */
export function recipeOf(
  o: Values,
): Pick<FitConfig, 'schedule' | 'swa' | 'patience' | 'validateOnTest'> &
  Pick<OptimizerConfig, 'clipNorm' | 'ema'> &
  Pick<LossConfig, 'labelSmoothing'> {
  const schedule = scheduleOf(o);
  const swa = swaOf(o);
  const number = (name: string): number | undefined =>
    o[name] === undefined || o[name] === 0 ? undefined : Number(o[name]);
  const [patience, clipNorm, labelSmoothing, ema] = ['patience', 'clip-norm', 'label-smoothing', 'ema'].map(number);
  const validateOnTest = o['validate-on'] === 'test';
  if (validateOnTest && patience !== undefined)
    throw new UsageError('--patience would choose by the test images when --validate-on is test', {
      fix: 'leave one of them out',
    });
  return {
    ...(schedule === undefined ? {} : { schedule }),
    ...(swa === undefined ? {} : { swa }),
    ...(patience === undefined ? {} : { patience }),
    ...(clipNorm === undefined ? {} : { clipNorm }),
    ...(labelSmoothing === undefined ? {} : { labelSmoothing }),
    ...(ema === undefined ? {} : { ema }),
    ...(validateOnTest ? { validateOnTest } : {}),
  };
}
