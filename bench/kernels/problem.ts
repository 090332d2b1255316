/** What is measured, in one form: an op as its launcher runs it, or every member of a kernel family on one problem. */
import type { Device } from '../../src/device/device.js';
import { UsageError } from '../../src/device/errors.js';
import type { HostTensor } from '../../src/kernels/launch/host_tensor.js';
import type { Choice } from '../../src/kernels/launch/family.js';
import type { FamilyTrials } from '../../src/kernels/launch/trial.js';
import type { DType, Tensor } from '../../src/tensor/tensor.js';
import { TOLERANCE } from '../../src/cases/close.js';
import { drawTensor } from '../../src/cases/draw.js';
import { inputSpec } from '../../src/cases/spec.js';
import { bytesOf, rowName, type BenchRow } from '../../src/cases/bench_rows.js';
import { resize } from './shapes.js';

export interface Variant {
  readonly name: string;
  /** The constants that it is specialised with. */
  readonly constants: Readonly<Record<string, string | number>>;
  readonly run: (inputs: readonly Tensor[]) => Tensor;
  /** What is timed, where `run` does more than the kernel; default `run`. */
  readonly timed?: (inputs: readonly Tensor[]) => Tensor;
}

export interface Input {
  readonly x: HostTensor;
  readonly dtype: DType;
}

export interface Problem {
  readonly name: string;
  readonly variants: readonly Variant[];
  readonly inputs: () => readonly Input[];
  readonly reference: (inputs: readonly HostTensor[]) => HostTensor;
  readonly tolerance: number;
  /** Floating-point operations of a run; 0 where bytes moved are the measure. */
  readonly flops: number;
  /** Bytes of inputs and output, each counted once. */
  readonly bytes: (outputShape: readonly number[]) => number;
  /** Where the reference loops would take too long: a smaller problem, with the same variants in the same order. */
  readonly small: Problem | null;
}

/** Past this many operations the reference loops take seconds, and a smaller problem is validated. */
const FULL_REFERENCE_FLOPS = 5e8;

export function opProblem(row: BenchRow): Problem {
  const { spec, args } = row;
  return {
    name: rowName(row),
    variants: [
      {
        name: 'default',
        constants: {},
        run: (inputs) => spec.gpu(inputs, args),
        ...(row.timed === undefined ? {} : { timed: row.timed }),
      },
    ],
    inputs: () =>
      row.shapes.map((shape, i) => {
        const { domain, dtype = 'f32' } = inputSpec(spec, i);
        return { x: drawTensor(shape, typeof domain === 'function' ? domain(row.shapes, args) : domain, i + 1), dtype };
      }),
    reference: (inputs) => spec.cpu(inputs, args),
    tolerance: spec.tolerance ?? TOLERANCE,
    flops: row.flops ?? 0,
    bytes: (y) => bytesOf(row, y),
    small: null,
  };
}

/** The sizes of a problem of a family that has no way of writing them: `M=256 K=256 N=256`. */
function fieldsOf(problem: unknown): string {
  if (typeof problem !== 'object' || problem === null) return String(problem);
  const text = (v: unknown): string =>
    typeof v === 'object' && v !== null ? Object.values(v).map(text).join('x') : String(v);
  return Object.entries(problem)
    .flatMap(([k, v]) => (v === false || v === null || v === undefined ? [] : v === true ? [k] : [`${k}=${text(v)}`]))
    .join(' ');
}

/**
 * Each member with its default constants (the family's default choice, else the first set listed), or with every set.
 */
function membersOf(choices: readonly Choice[], preferred: Choice, all: boolean): Choice[] {
  if (all) return [...choices];
  const members = [...new Set(choices.map((c) => c.variant))];
  return members.map((m) => (preferred.variant === m ? preferred : (choices.find((c) => c.variant === m) as Choice)));
}

function constantsOf({ variant: _, ...constants }: Choice): Record<string, string | number> {
  return constants as Record<string, string | number>;
}

/**
 * @param all every set of constants of a member, not only its default one.
 * @param wanted says by `name variant` which are asked for: null without any, and no numbers are drawn.
 */
export function trialProblem(
  device: Device,
  trials: FamilyTrials<unknown>,
  problem: unknown,
  all: boolean,
  wanted: RegExp = /(?:)/,
): Problem | null {
  const { family } = trials;
  const choices = membersOf(family.candidates(device, problem), family.defaultChoice(device, problem), all);
  const named = (c: Choice): string =>
    [c.variant, ...(all ? Object.entries(constantsOf(c)).map(([k, v]) => `${k}=${v}`) : [])].join(' ');
  const make = (p: unknown, name: string, isSmall: boolean): Problem => {
    const trial = trials.trial(p);
    return {
      name,
      variants: choices.map((c) => ({
        name: named(c),
        constants: constantsOf(c),
        run: (inputs) => trial.gpu(inputs, c),
      })),
      inputs: () => trial.inputs.map((x, i) => ({ x, dtype: trial.dtypes?.[i] ?? 'f32' })),
      reference: trial.cpu,
      tolerance: trial.tolerance,
      flops: trial.flops,
      bytes: () => trial.bytes,
      small: isSmall || trial.flops <= FULL_REFERENCE_FLOPS ? null : make(trials.small(p), `${name} (small)`, true),
    };
  };
  const name = `${family.name} ${trials.sizes?.text(problem) ?? fieldsOf(problem)}`;
  return choices.some((c) => wanted.test(`${name} ${named(c)}`)) ? make(problem, name, false) : null;
}

export interface Selection {
  readonly filter: RegExp;
  /** Problems asked for; null: those of the table. */
  readonly shapes: readonly (readonly number[])[] | null;
  readonly all: boolean;
}

function filtered(problem: Problem, filter: RegExp): Problem | null {
  const keep = problem.variants.map((v) => filter.test(`${problem.name} ${v.name}`));
  if (!keep.includes(true)) return null;
  const narrow = (p: Problem): Problem => ({
    ...p,
    variants: p.variants.filter((_, i) => keep[i]),
    small: p.small === null ? null : narrow(p.small),
  });
  return narrow(problem);
}

/**
 * The problems whose `name variant` matches, at the sizes asked for.
 * @throws UsageError when nothing matches, or what matches cannot have these sizes.
 */
export function selectProblems(
  device: Device,
  rows: readonly BenchRow[],
  families: readonly FamilyTrials<unknown>[],
  { filter, shapes, all }: Selection,
): Problem[] {
  const found = new Map<string, Problem>();
  const add = (p: Problem): void => void (found.has(p.name) || found.set(p.name, p));
  let fixed = '';
  for (const row of rows.filter((r) => filtered(opProblem(r), filter) !== null))
    for (const r of shapes === null ? [row] : shapes.map((s) => resize(row, s))) add(opProblem(r));
  const ops = [...found.values()];
  found.clear();
  for (const trials of families) {
    for (const example of trials.examples) {
      const whole = trialProblem(device, trials, example, all, filter);
      const p = whole === null ? null : filtered(whole, filter);
      if (p === null) continue;
      if (shapes === null) add(p);
      else if (trials.sizes === undefined) fixed = trials.family.name;
      else for (const s of shapes) add(resizedTrial(device, trials, s, all, new Set(p.variants.map((v) => v.name))));
    }
  }
  const problems = [...ops, ...found.values()];
  if (problems.length > 0) return problems;
  if (fixed !== '') throw new UsageError(`[${fixed}] takes no --shapes`, { fix: 'leave out --shapes' });
  throw new UsageError(`--filter ${filter.source} matches no kernel`, {
    fix: 'weft bench kernels --list prints their names',
  });
}

function resizedTrial(
  device: Device,
  trials: FamilyTrials<unknown>,
  sizes: readonly number[],
  all: boolean,
  wanted: ReadonlySet<string>,
): Problem {
  const form = trials.sizes;
  const { name } = trials.family;
  const count = form?.letters.split('x').length;
  if (form === undefined || sizes.length !== count) {
    throw new UsageError(
      `[${name}] --shapes ${sizes.join('x')} has ${sizes.length} sizes, and ${name} takes ${form?.letters}`,
      { fix: `give ${count} sizes, or narrow --filter: it selects ${name}` },
    );
  }
  const p = trialProblem(device, trials, form.problem(sizes), all) as Problem;
  const keep = (q: Problem): Problem => ({
    ...q,
    variants: q.variants.filter((v) => wanted.has(v.name)),
    small: q.small === null ? null : keep(q.small),
  });
  return keep(p);
}
