/**
 * The tuner: for every class of problems that a model meets it lets the family's candidates compete (select.ts), those
 * classes first that cost a step most, within a bounded time. What it does not get to keeps its default.
 */
import { ProblemStand, TrialDevice } from './stand.js';
import { LostError, select, type Selection } from './select.js';
import { sameChoice, type Choice } from '../../device/choices.js';
import type { Device } from '../../device/device.js';
import type { Family } from '../launch/family.js';
import type { FamilyTrials } from '../launch/trial.js';

/** A class of problems that a launcher met: `device.choices.asked` tells of them. */
export interface AskedProblem {
  readonly key: string;
  readonly family: Family<unknown>;
  /** The first one met. */
  readonly problem: unknown;
  /** How many launches of a step are of this class. */
  readonly calls: number;
}

/** Runs a function on a device and returns the classes of problems that its launchers met. */
export function askedProblems(device: Device, body: () => void): AskedProblem[] {
  const asked = new Map<string, AskedProblem>();
  const before = device.choices.asked;
  device.choices.asked = (key, family, problem) => {
    const known = asked.get(key);
    asked.set(
      key,
      known === undefined
        ? { key, family: family as Family<unknown>, problem, calls: 1 }
        : { ...known, calls: known.calls + 1 },
    );
  };
  try {
    body();
  } finally {
    device.choices.asked = before;
  }
  return [...asked.values()];
}

/**
 * Why a class was not tuned: `no time`; `one kernel`: there is no other candidate; `no trial`: its family is not in
 * TRIALS; `busy host`: other programs ran beside it, twice.
 */
export type Skipped = 'no time' | 'one kernel' | 'no trial' | 'busy host';

export interface ClassResult {
  readonly key: string;
  /** The family's name. */
  readonly family: string;
  readonly shapeClass: string;
  readonly calls: number;
  /** null when the class was skipped. */
  readonly selection: Selection | null;
  readonly skipped: Skipped | null;
}

export interface TuneOptions {
  /** Opens the devices that candidates run on. */
  readonly open: () => Promise<Device>;
  readonly trials: readonly FamilyTrials<unknown>[];
  readonly problems: readonly AskedProblem[];
  /** No candidate is begun after these. One that has begun is finished: a GPU cannot be interrupted. */
  readonly seconds: number;
  /**
   * Whether the host was too busy to believe a time taken since the last call. Such a class is tried once more, and
   * then keeps its default.
   */
  readonly wasDisturbed?: () => boolean;
  /** Told before each class that is tuned. */
  readonly onClass?: (key: string, done: number, count: number) => void;
}

export interface TuneResult {
  readonly classes: readonly ClassResult[];
  /** The GPU was lost: the classes after that were not tuned. */
  readonly lost: LostError | null;
}

interface Job {
  readonly asked: AskedProblem;
  readonly trials: FamilyTrials<unknown>;
  readonly candidates: readonly Choice[];
  /** What the class costs a step, by a rough count. */
  readonly work: number;
}

/** A byte moved weighs as much as this many operations. */
const OPERATIONS_PER_BYTE = 4;
/** A launch costs about this many, however small it is. */
const OPERATIONS_PER_LAUNCH = 5e5;

export async function tune({
  open,
  trials,
  problems,
  seconds,
  wasDisturbed = () => false,
  onClass,
}: TuneOptions): Promise<TuneResult> {
  const began = performance.now();
  const left = (): number => seconds - (performance.now() - began) / 1000;
  const room = new TrialDevice(open);
  const classes: ClassResult[] = [];
  let lost: LostError | null = null;
  const enter = ({ key, family, calls }: AskedProblem, selection: Selection | null, skipped: Skipped | null): void => {
    classes.push({
      key,
      family: family.name,
      shapeClass: key.slice(family.name.length + 1),
      calls,
      selection,
      skipped,
    });
  };
  try {
    const jobs: Job[] = [];
    for (const asked of problems) {
      const own = trials.find((t) => t.family.name === asked.family.name);
      const candidates = own === undefined ? [] : allCandidates(await room.get(), asked);
      if (own === undefined || candidates.length < 2) enter(asked, null, own === undefined ? 'no trial' : 'one kernel');
      else jobs.push({ asked, trials: own, candidates, work: workOf(own, asked) });
    }
    jobs.sort((a, b) => b.work - a.work);
    for (const [i, job] of jobs.entries()) {
      if (left() <= 0 || lost !== null) {
        enter(job.asked, null, 'no time');
        continue;
      }
      onClass?.(job.asked.key, i, jobs.length);
      // Its share of the time by what it costs a step, and never less than an even share.
      const later = jobs.slice(i);
      const share = Math.max(job.work / later.reduce((sum, j) => sum + j.work, 0), 1 / later.length);
      try {
        wasDisturbed(); // by what came before
        let selection: Selection | null = null;
        for (let tries = 2; tries > 0 && selection === null; tries--) {
          const found = await compete(room, job, left() * share);
          if (!wasDisturbed()) selection = found;
        }
        enter(job.asked, selection, selection === null ? 'busy host' : null);
      } catch (error) {
        if (!(error instanceof LostError)) throw error;
        lost = error;
        enter(job.asked, null, 'no time');
      }
    }
  } finally {
    room.close();
  }
  return { classes, lost };
}

/** The default first, nobody twice. */
function allCandidates(device: Device, { family, problem }: AskedProblem): Choice[] {
  const all = [family.defaultChoice(device, problem), ...family.candidates(device, problem)];
  return all.filter((choice, i) => all.findIndex((other) => sameChoice(choice, other)) === i);
}

function workOf(trials: FamilyTrials<unknown>, { problem, calls }: AskedProblem): number {
  const { flops, bytes } = trials.trial(problem);
  return calls * (flops + OPERATIONS_PER_BYTE * bytes + OPERATIONS_PER_LAUNCH);
}

async function compete(room: TrialDevice, { asked, trials, candidates }: Job, seconds: number): Promise<Selection> {
  const stand = await ProblemStand.create(room, trials, asked.problem);
  try {
    return await select(candidates, stand, seconds);
  } finally {
    stand.close();
  }
}
