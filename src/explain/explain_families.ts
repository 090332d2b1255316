/** The members of the families that an op asks for a kernel: the idea of each, which runs here, and why. */
import { TRIALS } from '../cases/index.js';
import { formatChoice, sameChoice, type Choice } from '../device/choices.js';
import type { Device } from '../device/device.js';
import { zeroInputs } from '../kernels/launch/trial.js';
import { recordLaunches, type AskedFamily, type RecordedLaunch } from './explain_launches.js';
import { ideaOf } from './explain_idea.js';

export interface Member {
  readonly variant: string;
  /** The constants that it would run with. */
  readonly choice: Choice;
  /** Sets of constants that the tuner would try. */
  readonly sets: number;
  readonly isChosen: boolean;
  readonly kernel: string;
  readonly file: string;
  readonly idea: string;
}

export interface FamilyMembers {
  readonly family: string;
  /** Problems that are tuned together with this one. */
  readonly shapeClass: string;
  readonly chosen: Choice;
  readonly why: string;
  readonly members: readonly Member[];
}

/** What decides which member is the default, by family; recurrent layers have one for each kind and pass. */
const WHY: readonly (readonly [family: RegExp, software: string, gpu: string])[] = [
  [
    /^matmul$/,
    'barriers are dear on a CPU, so lanes hand operands round by shuffles, or read them into registers',
    'barriers are cheap on a GPU, so a tile in workgroup memory serves many threads; of the tiles the one that is ' +
      'expected to take least time, on matrix units where an operand is stored in halves',
  ],
  [
    /^attention/,
    'barriers are dear on a CPU, so the lanes of a subgroup keep scores in registers and hand them round by shuffles',
    'barriers are cheap on a GPU, so scores go through workgroup memory, where each row is summed up',
  ],
  [
    /^conv2d/,
    'few channels go to the members made for them, windows of 3 x 3 to Winograd’s where the sum of its products and ' +
      'transforms is less, all others to registers and shuffles: barriers are dear on a CPU',
    'Winograd’s where it is expected to be clearly faster, else tiles in workgroup memory, on matrix units where the ' +
      'activations are stored in halves',
  ],
  [
    /^softmax$/,
    'a thread for each row where rows are short; else the lanes of a subgroup share one',
    'a thread for each row where rows are short and many; else a group of threads shares one',
  ],
  [
    /^reduce$/,
    'a thread for each output where outputs are many enough to keep all cores busy; else a workgroup',
    'a thread for each output where outputs are many enough to fill the GPU; else a workgroup',
  ],
  [/^batch_norm_moments$/, 'sums by shuffles: barriers are dear on a CPU', 'sums in workgroup memory'],
  [
    /^pool2d$/,
    'two outputs beside each other for each thread where the windows allow it: they share loads',
    'two outputs beside each other for each thread where the windows allow it: they share loads',
  ],
  [
    /^(rnn|gru|lstm)_step/,
    'a whole sequence in one launch where its state fits a workgroup, else a launch for each step',
    'one launch that walks all steps where the weights fit the workgroups, else a launch for each step',
  ],
];

/** Why the default of a family is what it is on this kind of adapter; undefined: nobody wrote it down. */
export function reasonOf(family: string, isSoftware: boolean): string | undefined {
  const found = WHY.find(([form]) => form.test(family));
  return found?.[isSoftware ? 1 : 2];
}

/** The launch that is the member's own: not the laying out before it, and not the adding up behind it. */
function mainLaunch(launches: readonly RecordedLaunch[], family: string, variant: string): RecordedLaunch | undefined {
  const others = launches.filter((l) => !/^(layout|memory)\//.test(l.files[0]) && !/_sum$|filter/.test(l.kernel));
  const kin = others.filter((l) => l.kernel.startsWith(family.split('_')[0]));
  const word = variant.split('_')[0];
  const own = kin.filter((l) => family.split('_').every((part) => l.kernel.includes(part)));
  return (
    own.find((l) => l.kernel.includes(variant)) ??
    kin.find((l) => l.kernel.includes(variant)) ??
    others.find((l) => l.kernel.includes(word)) ??
    kin[0] ??
    others[0] ??
    launches[0]
  );
}

export function membersOf(device: Device, { family, problem }: AskedFamily): FamilyMembers {
  const candidates = family.candidates(device, problem);
  const standard = family.defaultChoice(device, problem);
  const shapeClass = family.shapeClass(problem);
  const tuned = device.choices.tuned.get(`${family.name} ${shapeClass}`);
  const isTuned = tuned !== undefined && candidates.some((c) => sameChoice(c, tuned));
  const chosen = isTuned ? tuned : standard;
  const trials = TRIALS.find((t) => t.family.name === family.name);
  const variants = [...new Set([chosen, standard, ...candidates].map((c) => c.variant))];
  const members = variants.map((variant): Member => {
    const own = candidates.filter((c) => c.variant === variant);
    const choice = [chosen, standard].find((c) => c.variant === variant) ?? own[0];
    const trial = trials?.trial(trials.small(problem));
    const { launches } =
      trial === undefined
        ? { launches: [] }
        : recordLaunches(device, () => void trial.gpu(zeroInputs(device, trial), choice));
    const main = mainLaunch(launches, family.name, variant);
    return {
      variant,
      choice,
      sets: own.length,
      isChosen: variant === chosen.variant,
      kernel: main?.kernel ?? '',
      file: main?.files[0] ?? '',
      idea: main === undefined ? '' : ideaOf(main.wgsl),
    };
  });
  const { isSoftware, subgroupSize } = device.adapter;
  const kind = isSoftware ? `a software adapter (subgroups of ${subgroupSize})` : 'a GPU';
  const reason = `the default on ${kind}: ${reasonOf(family.name, isSoftware) ?? ''}`;
  const isDefault = sameChoice(chosen, standard);
  const instead = isDefault ? 'it is also ' : `untuned it would be ${formatChoice(standard)}, `;
  const why = isTuned ? `the tuner measured it to be the fastest here; ${instead}${reason}` : reason;
  return { family: family.name, shapeClass, chosen, why, members };
}
