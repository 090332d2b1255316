/**
 * The members that make the steps of a recurrent layer: product with w_hh and cell together, a launch for each step, or
 * one for the whole sequence.
 */
import type { Device } from '../../device/device.js';
import { choose, sizeClass, type Choice, type Family } from '../launch/family.js';
import { hasFittingSubgroups, subgroupRows } from '../matmul/family.js';
import { defaultWalk, walkChoices, type Walk } from './walk.js';

/** A step of N samples and H units. */
export interface StepProblem {
  readonly N: number;
  readonly H: number;
}

export interface StepFamily extends Family<StepProblem> {
  /** Units that a lane of the subgroup member makes. */
  readonly units: number;
  /** vec4s that a lane of the sequence member keeps, for so many tiles of units and samples. */
  readonly kept: (tiles: number, rows: number) => number;
}

/**
 * Tiles of the member with shared memory, samples x units, the first of them the default: a neutral choice, not a
 * measured one.
 */
const TILES = [
  { ROWS: 16, UNITS: 16 },
  { ROWS: 32, UNITS: 16 },
  { ROWS: 8, UNITS: 32 },
];

/** WGSL grants 8,192 bytes of private variables. */
const PRIVATE_VEC4S = 512;

/** Samples of a workgroup of the sequence member: 32 are not faster than 16, and take much longer to compile. */
const SEQUENCE_ROWS = [8, 16];

/** Tiles of 4 S units or features. */
const tilesOf = (device: Device, H: number): number => Math.ceil(H / (4 * device.adapter.subgroupSize));

const shapeClass = ({ N, H }: StepProblem): string => `N${sizeClass(N)} H${sizeClass(H)}${H % 4 === 0 ? '' : ' odd'}`;

/** The members of a layer whose steps have the obvious kernel only. */
export function plainStepFamily(name: string, walk: Walk): Family<StepProblem> {
  return {
    name,
    shapeClass,
    candidates: (device, problem) => [...walkChoices(device, problem, walk), { variant: 'naive' }],
    defaultChoice: (device, problem) => defaultWalk(device, problem, walk) ?? { variant: 'naive' },
  };
}

/** @param takesSequence whether the sequence member is the default of a software adapter (measured). */
export function stepFamily(
  name: string,
  units: number,
  kept: StepFamily['kept'],
  takesSequence: boolean,
  walk: Walk,
): StepFamily {
  const subgroupChoices = (device: Device, { N, H }: StepProblem): Choice[] =>
    hasFittingSubgroups(device) && H % 4 === 0
      ? subgroupRows(device.adapter.subgroupSize, N).map((ROWS) => ({ variant: 'subgroup', ROWS }))
      : [];
  // Its arrays are indexed by loops whose lengths are not known: compilers of GPUs keep them in memory.
  const sequenceChoices = (device: Device, { N, H }: StepProblem): Choice[] =>
    device.adapter.isSoftware && hasFittingSubgroups(device) && H % 4 === 0
      ? SEQUENCE_ROWS.filter((rows) => kept(tilesOf(device, H), rows) <= PRIVATE_VEC4S && rows < N + 8).map((ROWS) => ({
          variant: 'sequence',
          ROWS,
        }))
      : [];
  const workgroupChoices = TILES.map((tile): Choice => ({ variant: 'workgroup', ...tile }));
  const gpuDefault = (device: Device, problem: StepProblem): Choice =>
    defaultWalk(device, problem, walk) ?? workgroupChoices[0];
  const softwareDefault = (device: Device, problem: StepProblem): Choice | undefined => {
    const sequence = sequenceChoices(device, problem).at(-1);
    // One workgroup would leave a core idle, and 8 samples share too little of w_hh.
    const isWide = takesSequence && sequence?.ROWS === SEQUENCE_ROWS[1] && problem.N > SEQUENCE_ROWS[1];
    return isWide ? sequence : subgroupChoices(device, problem).at(-1);
  };
  return {
    name,
    units,
    kept,
    shapeClass,
    candidates: (device, problem) => [
      ...walkChoices(device, problem, walk),
      { variant: 'naive' },
      ...subgroupChoices(device, problem),
      ...workgroupChoices,
      ...sequenceChoices(device, problem),
    ],
    defaultChoice: (device, problem): Choice =>
      (device.adapter.isSoftware ? softwareDefault(device, problem) : gpuDefault(device, problem)) ?? {
        variant: 'naive',
      },
  };
}

type StepVariant = 'naive' | 'subgroup' | 'workgroup';

/** The member to run, its tile, and the workgroups of one step, or of one direction's sequence. */
export interface Tiling<Variant = StepVariant | 'sequence'> {
  readonly variant: Variant;
  readonly specialise: Record<string, string>;
  readonly workgroups: number;
}

export const isSequence = (tiling: Tiling): tiling is Tiling<'sequence'> => tiling.variant === 'sequence';

/** @param fits whether a whole sequence can be bound; where not, the step is launched that the sequence consists of. */
export function stepTiling(
  family: StepFamily,
  device: Device,
  problem: StepProblem,
  fits: boolean,
  forced?: Choice,
): Tiling<StepVariant> | Tiling<'sequence'> {
  const { N, H } = problem;
  const chosen = forced ?? choose(family, device, problem);
  const S = device.adapter.subgroupSize;
  if (chosen.variant === 'sequence' && fits) {
    return {
      variant: 'sequence',
      specialise: { S: `${S}u`, ROWS: `${chosen.ROWS}u`, TILES: `${tilesOf(device, H)}u` },
      workgroups: Math.ceil(N / Number(chosen.ROWS)),
    };
  }
  const choice = inSteps(chosen, S);
  const rows = Number(choice.ROWS);
  if (choice.variant === 'naive') return { variant: 'naive', specialise: {}, workgroups: Math.ceil((N * H) / 64) };
  if (choice.variant === 'workgroup') {
    return {
      variant: 'workgroup',
      specialise: { ROWS: `${rows}u`, UNITS: `${Number(choice.UNITS)}u` },
      workgroups: Math.ceil(N / rows) * Math.ceil(H / Number(choice.UNITS)),
    };
  }
  return {
    variant: 'subgroup',
    specialise: { S: `${S}u`, ROWS: `${rows}u` },
    workgroups: Math.ceil(N / rows) * Math.ceil(H / (family.units * S)),
  };
}

/** The member that makes one step, in the place of one that makes all. */
function inSteps(chosen: Choice, S: number): Choice {
  if (chosen.variant === 'walk') return { variant: 'workgroup', ...TILES[0] };
  return chosen.variant === 'sequence' ? { variant: 'subgroup', ROWS: Math.max(S, Number(chosen.ROWS)) } : chosen;
}

/**
 * Tiles of 4 S features that the sequence member takes beside its tiles of units, so that x needs no product of its
 * own: 0 where features or units are no whole tiles or vec4s, or private variables do not suffice.
 */
export function inputTilesOf(family: StepFamily, device: Device, H: number, I: number): number {
  const tiles = tilesOf(device, I);
  const rows = SEQUENCE_ROWS[1];
  const fits = family.kept(tilesOf(device, H), rows) + tiles * rows <= PRIVATE_VEC4S;
  return I % 4 === 0 && H % (4 * device.adapter.subgroupSize) === 0 && fits ? tiles : 0;
}
