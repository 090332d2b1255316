/** All that can be said of an op: what is written down, and what its cases and its kernels on this adapter say. */
import { bytesOf, resized, ROWS, type BenchRow } from '../cases/bench_rows.js';
import { TRIALS } from '../cases/index.js';
import { expectClose } from '../cases/close.js';
import { drawTensor, seedOf, upload } from '../cases/draw.js';
import { inputSpec, isDifferentiable } from '../cases/spec.js';
import { noGrad, ops } from '../autograd/graph.js';
import { formatChoice } from '../device/choices.js';
import type { Device } from '../device/device.js';
import { WeftError } from '../device/errors.js';
import { LostError } from '../kernels/tune/select.js';
import { ProblemStand, TrialDevice } from '../kernels/tune/stand.js';
import { percentOfRoof, type Roofs } from '../measure/roofs.js';
import { gpuTime, wallTime } from '../measure/timing.js';
import { membersOf, type FamilyMembers } from './explain_families.js';
import { recordOp, type RecordedLaunch, type SavedTensor } from './explain_launches.js';
import { shareLines, shareText, tileLines, tileOf, tileText, type Tile } from './explain_tile.js';
import { plain, textNames, textOf } from './explain_text.js';

export interface ExplainedInput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Of its gradient, in terms of dy; null: it has none. */
  readonly gradient: string | null;
}

export interface Explanation {
  readonly op: string;
  readonly idea: string;
  readonly formula: string;
  readonly note: string | null;
  /** Functions of the shaders that the formulas call, by name. */
  readonly functions: readonly string[];
  readonly args: unknown;
  readonly inputs: readonly ExplainedInput[];
  readonly output: { readonly shape: readonly number[]; readonly dtype: string };
  readonly saved: readonly SavedTensor[];
  readonly forward: readonly RecordedLaunch[];
  /** Empty: the op has no gradient, or its gradient takes no launch. */
  readonly backward: readonly RecordedLaunch[];
  readonly families: readonly FamilyMembers[];
  /** Of the launch that does most of the forward; null: no launch, or no tile. */
  readonly tile: Tile | null;
  /** Who computes what. */
  readonly drawing: readonly string[];
  /** 0: bytes moved are the measure. */
  readonly flops: number;
  readonly bytes: number;
}

/** The ops of the registry by idea, in the order in which they are listed. */
export function listOps(): { idea: string; ops: { op: string; formula: string }[] }[] {
  const names = new Set(ops().map((o) => o.name));
  const groups = new Map<string, { op: string; formula: string }[]>();
  for (const op of textNames().filter((name) => names.has(name))) {
    const text = textOf(op);
    if (text === undefined) continue;
    groups.set(text.idea, [...(groups.get(text.idea) ?? []), { op, formula: text.formula }]);
  }
  return [...groups].map(([idea, own]) => ({ idea, ops: own }));
}

/** The row of an op at its own sizes, or at others; null: it cannot have such. */
export function rowOf(op: string, sizes: readonly number[] | null): BenchRow | null {
  const row = ROWS.find((r) => r.spec.op === op && r.spec.composed !== true);
  if (row === undefined) return null;
  return sizes === null ? row : resized(row, sizes);
}

/** The launch with a tile, else the one with most threads: what the drawing is of. */
function mainOf(launches: readonly RecordedLaunch[]): RecordedLaunch | undefined {
  const most = [...launches].sort((a, b) => b.workgroups * b.threads - a.workgroups * a.threads)[0];
  return launches.find((l) => tileOf(l) !== null) ?? most;
}

function drawingOf(main: RecordedLaunch | undefined, results: number): string[] {
  if (main === undefined) return ['no kernel runs: the output is the same memory, seen in another way'];
  const tile = tileOf(main);
  const lines = tile === null ? shareLines(main, results) : tileLines(tile);
  return [`${main.kernel}:`, ...lines, ...(tile === null ? shareText(main) : tileText(tile))];
}

/** The note of a row of two operands says a and b. */
function noteOf(note: string | null, [a, b]: readonly string[]): string | null {
  return note === null || a === undefined ? note : `${note} Here a is ${a}, and b ${b}.`;
}

/** What the functions do that formulas call: in the words above their declaration, or as their expression. */
function functionsIn(formulas: string, wgsl: string): string[] {
  const called = new Set([...formulas.matchAll(/\b([a-z]\w+)\(/g)].map(([, name]) => name));
  return [...called].flatMap((name) => {
    const found = new RegExp(
      `((?:^//.*\\n)*)^fn ${name}\\(([^)]*)\\) -> \\w+ \\{(?:\\s*return ([^;]*);\\s*\\})?`,
      'm',
    ).exec(wgsl);
    if (found === null) return [];
    const [, comment, parameters, value] = found;
    const call = `${name}(${parameters
      .split(',')
      .map((parameter) => parameter.split(':')[0].trim())
      .join(', ')})`;
    if (comment !== '')
      return [
        `${call}: ${comment
          .replaceAll(/^\/\/ ?/gm, '')
          .trim()
          .replaceAll('\n', ' ')}`,
      ];
    return value === undefined ? [] : [`${call} = ${plain(value)}`];
  });
}

/** Explains an op of the registry at the sizes of a row of it. Nothing of it runs. */
export function explainOp(device: Device, row: BenchRow): Explanation {
  const { spec, shapes, args } = row;
  const text = textOf(spec.op);
  if (text === undefined) throw new Error(`${spec.op} has no text in src/explain`);
  const recorded = recordOp(device, spec, shapes, args);
  const names = shapes.map((_, i) => inputSpec(spec, i).name);
  /** Rows of two operands call them a and b. */
  const inNames = (formula: string): string =>
    'a' in text.gradient && !names.includes('a')
      ? formula.replace(/\b[ab]\b/g, (letter) => names[letter === 'a' ? 0 : 1])
      : formula;
  const formulas = Object.values(text.gradient);
  const main = mainOf(recorded.forward.launches);
  const results = recorded.output.shape.reduce((n, d) => n * d, 1);
  const asked = [...recorded.forward.families, ...(recorded.backward?.families ?? [])];
  const families = new Map(asked.map((a) => [`${a.family.name} ${a.family.shapeClass(a.problem)}`, a]));
  const inputs = shapes.map((shape, i) => {
    const { name, dtype = 'f32' } = inputSpec(spec, i);
    const formula = text.gradient[name] ?? formulas[i] ?? null;
    return {
      name,
      shape,
      dtype,
      gradient: recorded.backward !== null && isDifferentiable(spec, i) ? inNames(formula ?? '') : null,
    };
  });
  return {
    op: spec.op,
    idea: text.idea,
    formula: inNames(text.formula),
    note: noteOf(text.note ?? null, text.formula === inNames(text.formula) ? [] : names),
    functions: functionsIn(
      [text.formula, ...formulas].join(' '),
      [...recorded.forward.launches, ...(recorded.backward?.launches ?? [])].map((l) => l.wgsl).join('\n'),
    ),
    args,
    inputs,
    output: recorded.output,
    saved: recorded.saved,
    forward: recorded.forward.launches,
    backward: recorded.backward?.launches ?? [],
    families: [...families.values()].map((a) => device.step(() => membersOf(device, a))),
    tile: main === undefined ? null : tileOf(main),
    drawing: drawingOf(main, results),
    flops: row.flops ?? 0,
    bytes: bytesOf(row, recorded.output.shape),
  };
}

export interface UnderRoof {
  /** flop per byte. */
  readonly intensity: number;
  /** flop per byte from which on arithmetic is the limit. */
  readonly ridge: number;
  readonly bound: 'memory' | 'arithmetic';
  /** Milliseconds that it takes at least. */
  readonly leastMilliseconds: number;
}

/** Where an op lies under the roofs. */
export function underRoof({ flops, bytes }: Explanation, roofs: Roofs): UnderRoof {
  const [intensity, ridge] = [flops / bytes, roofs.fmaGflops / roofs.copyGbs];
  return {
    intensity,
    ridge,
    bound: intensity < ridge ? 'memory' : 'arithmetic',
    leastMilliseconds: Math.max(bytes / roofs.copyGbs, flops / roofs.fmaGflops) / 1e6,
  };
}

export interface TimedMember {
  readonly member: string;
  /** null: it did not compute what the reference does, as `error` says. */
  readonly milliseconds: number | null;
  readonly percentOfRoof: number | null;
  readonly error: string | null;
}

/** Seconds for timing an op that has one kernel only. */
const OP_SECONDS = 0.3;

/** Times an op as it runs, once it agrees with the reference. */
async function timeOp(device: Device, row: BenchRow, roofs: Roofs): Promise<TimedMember> {
  const { spec, shapes, args } = row;
  const host = shapes.map((shape, i) => {
    const { domain } = inputSpec(spec, i);
    return drawTensor(shape, typeof domain === 'function' ? domain(shapes, args) : domain, seedOf(`${spec.op} ${i}`));
  });
  const inputs = host.map((x, i) => upload(device, x, inputSpec(spec, i).dtype));
  const body = (): void => void noGrad(() => (row.timed ?? ((given) => spec.gpu(given, args)))(inputs));
  const member = spec.op;
  try {
    const y = noGrad(() => spec.gpu(inputs, args));
    expectClose({
      op: spec.op,
      argument: 'y',
      got: await y.read(),
      expected: spec.cpu(host, args).data,
      shape: y.shape,
      tolerance: spec.tolerance,
      pair: 'GPU with CPU',
      label: 'explain',
    });
    const timing =
      (await gpuTime(device, body, { seconds: OP_SECONDS })) ?? (await wallTime(device, body, { seconds: OP_SECONDS }));
    const percent = percentOfRoof(roofs, row.flops ?? 0, bytesOf(row, y.shape), timing.median);
    return { member, milliseconds: timing.median, percentOfRoof: percent, error: null };
  } catch (error) {
    if (error instanceof WeftError || !(error instanceof Error)) throw error;
    return { member, milliseconds: null, percentOfRoof: null, error: error.message };
  } finally {
    for (const t of inputs) t.release();
  }
}

/** Measurements of a member, of which the fastest counts least noise. */
const MEASUREMENTS = 5;

/** Times the members that the forward could run, each with its constants, once it agrees with the reference. */
export async function timeMembers(
  open: () => Promise<Device>,
  device: Device,
  row: BenchRow,
  roofs: Roofs,
): Promise<TimedMember[]> {
  const [asked] = recordOp(device, row.spec, row.shapes, row.args).forward.families;
  const trials = TRIALS.find((t) => t.family.name === asked?.family.name);
  if (asked === undefined || trials === undefined) return [await timeOp(device, row, roofs)];
  const { members } = device.step(() => membersOf(device, asked));
  const { flops, bytes } = trials.trial(asked.problem);
  const room = new TrialDevice(open);
  const stand = await ProblemStand.create(room, trials, asked.problem);
  const timed: TimedMember[] = [];
  try {
    for (const { choice } of members) {
      const member = formatChoice(choice);
      try {
        await stand.validate(choice);
        await stand.time(choice, 1);
        const times: number[] = [];
        for (let i = 0; i < MEASUREMENTS; i++) times.push(await stand.time(choice, 3));
        const milliseconds = times.sort((a, b) => a - b)[Math.floor(MEASUREMENTS / 2)];
        const percent = percentOfRoof(roofs, flops, bytes, milliseconds);
        timed.push({ member, milliseconds, percentOfRoof: percent, error: null });
      } catch (error) {
        if (error instanceof LostError || !(error instanceof Error)) throw error;
        timed.push({ member, milliseconds: null, percentOfRoof: null, error: error.message });
      }
    }
  } finally {
    stand.close();
    room.close();
  }
  return timed;
}
