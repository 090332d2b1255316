/** `weft explain`: an op from its formula to its threads. */
import { extname } from 'node:path';
import { writeFileAtomic } from '#platform';
import { opNamed } from '../../autograd/graph.js';
import { lettersOf, type BenchRow } from '../../cases/bench_rows.js';
import { formatChoice } from '../../device/choices.js';
import type { Device } from '../../device/device.js';
import { UsageError } from '../../device/errors.js';
import { withFile } from '../../device/files/outputs.js';
import { formatBytes, shortName } from '../../device/inspect.js';
import {
  explainOp,
  listOps,
  rowOf,
  timeMembers,
  underRoof,
  type Explanation,
  type TimedMember,
} from '../../explain/explain_op.js';
import type { RecordedLaunch } from '../../explain/explain_launches.js';
import { tilePicture } from '../../explain/explain_picture.js';
import { tileLines } from '../../explain/explain_tile.js';
import { measureRoofs, type Roofs } from '../../measure/roofs.js';
import { textTable } from '../../report/table.js';
import { formatShape } from '../../tensor/shape.js';
import { openDevice, withDevice } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import { wrap } from '../help.js';
import { valueHint } from '../hints.js';
import { EXPLAIN_OPTIONS } from '../options/explain_options.js';
import { resolveOptions } from '../options/options.js';
import { helpColumns, print, printJson, say } from '../output.js';

/** Seconds for each of the three measurements of the roofs. */
const ROOF_SECONDS = 0.2;

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(EXPLAIN_OPTIONS, argv);
  if (argv['op'] === undefined) return list(argv['json'] === true);
  const op = named(String(argv['op']));
  const row = rowAt(op, o['shapes'] === undefined ? null : String(o['shapes']));
  const out = o['out'] === undefined ? null : pictureFile(String(o['out']));
  await withFile(out ?? undefined, () => withDevice(argv, (device) => explain(argv, device, row, out)));
}

async function explain(argv: Parsed, device: Device, row: BenchRow, out: string | null): Promise<void> {
  const explained = explainOp(device, row);
  const { op, tile } = explained;
  if (out !== null && tile === null)
    throw new UsageError(`[${op}] no kernel of it works on tiles of a matrix here: there is nothing to draw`, {
      fix: 'leave out --out: the drawing is in the text; matmul, linear and conv2d have tiles',
    });
  if (argv['wgsl'] === true) return printShaders(explained);
  const roofs = argv['time'] === true ? await measureRoofs(device, { seconds: ROOF_SECONDS }) : null;
  const timed = roofs === null ? null : await timeMembers(() => openDevice(argv), device, row, roofs);
  if (argv['json'] === true)
    printJson({ ...explained, adapter: device.adapter, roofs, underRoof: roofs && underRoof(explained, roofs), timed });
  print(sections(explained, device, roofs, timed).join('\n\n'));
  if (out === null || tile === null) return;
  const shapes = explained.inputs.map((i) => formatShape(i.shape)).join(' ');
  const kernel = explained.drawing[0].replace(/:$/, '');
  const svg = tilePicture(tile, `${op} ${shapes}: ${kernel} on ${shortName(device.adapter)}`, tileLines(tile));
  writeFileAtomic(out, `${svg}\n`);
  say(`${out}: the tile of ${kernel}`);
}

function list(asJson: boolean): void {
  const groups = listOps();
  if (asJson) printJson({ groups });
  const width = Math.max(...groups.flatMap((g) => g.ops.map(({ op }) => op.length)));
  for (const { idea, ops } of groups) {
    print(`${idea}`);
    for (const { op, formula } of ops) print(`  ${op.padEnd(width)}  ${formula}`);
    print('');
  }
  print('weft explain OP says all about one');
}

/** @throws UsageError for a name that no op has. */
function named(name: string): string {
  const names = listOps().flatMap((g) => g.ops.map(({ op }) => op));
  if (opNamed(name) !== undefined) return name;
  throw new UsageError(`there is no op "${name}"`, {
    fix: valueHint(name, names) ?? 'weft explain lists all ops',
  });
}

/** @throws UsageError for sizes that are none, or none of this op. */
function rowAt(op: string, shapes: string | null): BenchRow {
  const own = rowOf(op, null);
  if (own === null) throw new Error(`${op} has no sizes`);
  if (shapes === null) return own;
  const letters = lettersOf(own);
  if (letters === null)
    throw new UsageError(`[${op}] takes no --shapes: its arguments fix them`, { fix: 'leave out --shapes' });
  const isSizes = /^[1-9]\d*(x[1-9]\d*)*$/.test(shapes);
  const row = isSizes ? rowOf(op, shapes.split('x').map(Number)) : null;
  if (row === null)
    throw new UsageError(`[${op}] --shapes ${shapes} is not ${letters}`, {
      fix: `give ${letters.split('x').length} whole numbers joined by x`,
    });
  return row;
}

/** @throws UsageError for a file that is no SVG. */
function pictureFile(path: string): string {
  if (extname(path).toLowerCase() === '.svg') return path;
  throw new UsageError(`--out ${path} is no SVG file`, { fix: 'give a name that ends in .svg' });
}

function printShaders({ forward }: Explanation): void {
  const seen = new Set<string>();
  for (const { files, wgsl, kernel } of forward) {
    if (seen.has(wgsl)) continue;
    seen.add(wgsl);
    print(`// ---- ${kernel}: ${files.map((f) => `shaders/${f}`).join(', ')}\n${wgsl.trimEnd()}\n`);
  }
}

/** Lines two spaces further in, long ones broken. */
function indent(lines: readonly string[]): string {
  const columns = helpColumns();
  return lines
    .flatMap((line) => {
      const left = `  ${/^ */.exec(line)?.[0] ?? ''}`;
      return wrap(line.trim(), columns - left.length - 2).map((part, i) => `${left}${i === 0 ? '' : '  '}${part}`);
    })
    .join('\n');
}

/** A line as it is. */
const asDrawn = (lines: readonly string[]): string => lines.map((line) => `  ${line}`.trimEnd()).join('\n');

/** The members of a family that an op asks several times are named once. */
function familyLines(families: Explanation['families'], at: number): string[] {
  const { family, members, chosen, why } = families[at];
  if (families.findIndex((f) => f.family === family) < at)
    return [`${formatChoice(chosen)} runs; its kernels are above`];
  return [
    ...members.flatMap((m) => [
      `${m.isChosen ? '→' : ' '} ${formatChoice(m.choice)}${m.file === '' ? '' : ` (${m.file})`}`,
      ...(m.idea === '' ? [] : [`    ${m.idea}`]),
    ]),
    `${formatChoice(chosen)} runs: ${why}`,
  ];
}

function sections(e: Explanation, device: Device, roofs: Roofs | null, timed: TimedMember[] | null): string[] {
  const shape = ({ name, shape, dtype }: { name: string; shape: readonly number[]; dtype: string }): string =>
    `${name} ${formatShape(shape)}${dtype === 'f32' ? '' : ` ${dtype}`}`;
  const gradients = e.inputs.filter((i, at) => e.inputs.findIndex((o) => o.name === i.name) === at);
  const saved = e.saved.map(
    (s) => `${s.name} ${formatShape(s.shape)}${s.isExtra ? `: ${formatBytes(s.bytes)} for this` : ''}`,
  );
  return [
    `${e.op}: ${e.idea}`,
    `formula\n${indent([e.formula, ...(e.note === null ? [] : [e.note]), ...e.functions])}`,
    `shapes\n${indent([`${e.inputs.map(shape).join(', ')} -> ${shape({ name: 'y', ...e.output })}`])}`,
    `gradient\n${indent(
      gradients.map(({ name, gradient }) => (gradient === null ? `${name}: none` : withName(`d${name}`, gradient))),
    )}`,
    `kept for backward\n${indent(saved.length === 0 ? ['nothing'] : saved)}`,
    `launches\n${indent([...launchLines('forward', e.forward), ...launchLines('backward', e.backward)])}`,
    ...e.families.map((f, i) => `kernels of ${f.family}, ${f.shapeClass}\n${indent(familyLines(e.families, i))}`),
    `who computes what\n${asDrawn(e.drawing)}`,
    `work\n${indent(workLines(e, device, roofs))}`,
    ...(timed === null || timed.length === 0 ? [] : [`measured\n${timedTable(timed)}`]),
  ];
}

/** A gradient's formula with its name before it, once. */
function withName(name: string, formula: string): string {
  return /^d\w+(\[[^\]]*\])? = /.test(formula) ? formula : `${name} = ${formula}`;
}

function launchLines(pass: string, launches: readonly RecordedLaunch[]): string[] {
  if (launches.length === 0) return [`${pass}: none`];
  const counts = new Map<string, number>();
  const line = (l: RecordedLaunch): string =>
    `${pass}: ${l.kernel} (${l.files[0]}), ${l.workgroups} x ${l.threads} threads`;
  for (const l of launches) counts.set(line(l), (counts.get(line(l)) ?? 0) + 1);
  return [...counts].map(([text, n]) => (n === 1 ? text : `${text}, ${n} times`));
}

function workLines(e: Explanation, device: Device, roofs: Roofs | null): string[] {
  const moved = `${formatBytes(e.bytes)} of inputs and output, each counted once`;
  const work =
    e.flops === 0
      ? [`${moved}; arithmetic is not counted: moving the bytes is the work`]
      : [
          `${(e.flops / 1e6).toFixed(1)} MFLOP (a multiply-add counts as two), ${moved}: ` +
            `${(e.flops / e.bytes).toFixed(1)} flop per byte`,
        ];
  if (roofs === null) return [...work, '--time says where that lies under the roofs of this adapter'];
  const { ridge, bound, leastMilliseconds } = underRoof(e, roofs);
  return [
    ...work,
    `${device.name}: ${roofs.copyGbs.toFixed(1)} GB/s, ${roofs.fmaGflops.toFixed(0)} GFLOP/s; arithmetic is the ` +
      `limit from ${ridge.toFixed(1)} flop per byte on`,
    `so that it is bound by ${bound}, and takes ${leastMilliseconds.toPrecision(3)} ms at least`,
  ];
}

function timedTable(timed: readonly TimedMember[]): string {
  const rows = timed.map(({ member, milliseconds, percentOfRoof, error }) =>
    milliseconds === null
      ? [member, '', '', error ?? '']
      : [member, milliseconds.toPrecision(3), (percentOfRoof ?? 0).toFixed(0), 'agrees with the reference'],
  );
  return textTable(['member', 'ms', '% of roof', ''], rows, ['left', 'right', 'right']);
}
