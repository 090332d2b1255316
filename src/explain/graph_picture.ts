/**
 * The graph of a traced step as a drawing: ops from top to bottom, parameters beside them, solid the way forward,
 * dashed the way of the gradients back.
 */
import { formatShape } from '../tensor/shape.js';
import type { StepTrace, TracedOp } from './trace.js';

/** Pixels. */
const BOX = { width: 230, height: 46 } as const;
const GAP = { row: 44, column: 190 } as const;
const MARGIN = { left: 320, top: 84, side: 40 } as const;
const PARAMETER = { width: 260, height: 18 } as const;

interface Placed {
  readonly op: TracedOp;
  readonly depth: number;
  readonly column: number;
  readonly x: number;
  readonly y: number;
}

const STYLE =
  'text { fill: #1b1f24; font: 13px "DejaVu Sans", sans-serif } .dim { fill: #57606a; font-size: 11px } ' +
  '.op { fill: #f6f8fa; stroke: #57606a } .parameter { fill: #ddf4ff; stroke: #0969da } ' +
  '.forward { fill: none; stroke: #57606a } .back { fill: none; stroke: #b3261e; stroke-dasharray: 5 4 } ' +
  '.gradient { fill: #b3261e; font-size: 11px }';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Depth is one more than that of the deepest input; those of one depth stand beside each other. */
function place(ops: readonly TracedOp[]): Placed[] {
  const depthOf = new Map<number, number>(); // by the value that an op made
  const taken = new Map<number, number>();
  return ops.map((op) => {
    const depth = Math.max(0, ...op.from.map((v) => (depthOf.get(v) ?? -1) + 1));
    if (op.to !== null) depthOf.set(op.to, depth);
    const column = taken.get(depth) ?? 0;
    taken.set(depth, column + 1);
    return {
      op,
      depth,
      column,
      x: MARGIN.left + column * (BOX.width + GAP.column),
      y: MARGIN.top + depth * (BOX.height + GAP.row),
    };
  });
}

/** Milliseconds of an op's launches; null where they were not timed. */
function timeOf({ ops, launches }: StepTrace, op: TracedOp | undefined): number | null {
  const own = launches.filter((l) => ops[l.op] === op);
  return own.some((l) => l.milliseconds === null) ? null : own.reduce((sum, l) => sum + (l.milliseconds ?? 0), 0);
}

/** @param title is written above. @returns the text of an SVG file. */
export function graphPicture(trace: StepTrace, title: string): string {
  const { ops, values } = trace;
  const forward = place(ops.filter((op) => op.phase === 'forward'));
  const makers = new Map(forward.map((p) => [p.op.to, p]));
  const backwardOf = new Map(ops.filter((op) => op.phase === 'backward').map((op) => [op.of, op]));
  const parts = forward.flatMap((p) => [
    ...p.op.from.flatMap((v) => edges(makers.get(v), p, values[v])),
    ...parametersOf(p, trace),
    box(p, times(trace, p.op, backwardOf.get(p.op.to))),
  ]);
  const width = Math.max(700, ...forward.map(({ x }) => x + BOX.width + GAP.column));
  const height = Math.max(...forward.map(({ y }) => y)) + BOX.height + MARGIN.side;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<style>${STYLE}</style>`,
    '<defs>',
    marker('forward-end', '#57606a'),
    marker('back-end', '#b3261e'),
    '</defs>',
    `<text x="20" y="24" font-weight="bold">${escaped(title)}</text>`,
    note(20, 42, 'solid: forward, with the shapes; dashed: gradients; ms on the GPU: forward + backward'),
    ...parts,
    '</svg>',
  ].join('\n');
}

/** A line of small text. */
function note(x: number, y: number, text: string): string {
  return `<text class="dim" x="${x}" y="${y}">${escaped(text)}</text>`;
}

function marker(id: string, color: string): string {
  return (
    `<marker id="${id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">` +
    `<path d="M0 0 8 4 0 8z" fill="${color}" /></marker>`
  );
}

function times(trace: StepTrace, forward: TracedOp, back: TracedOp | undefined): string {
  const [f, b] = [timeOf(trace, forward), back === undefined ? 0 : timeOf(trace, back)];
  return f === null || b === null ? '' : `${f.toFixed(2)} + ${b.toFixed(2)} ms`;
}

function box({ op, x, y }: Placed, time: string): string {
  const middle = x + BOX.width / 2;
  return (
    `<rect class="op" x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="6" />` +
    `<text x="${middle}" y="${y + 20}" text-anchor="middle">${escaped(op.name)}</text>` +
    `<text class="dim" x="${middle}" y="${y + 37}" text-anchor="middle">${time}</text>`
  );
}

/** From the op that made a value to one that uses it, and back; the batch comes from above. */
function edges(from: Placed | undefined, to: Placed, value: StepTrace['values'][number]): string[] {
  if (from === undefined) {
    if (value.name !== 'x') return [];
    const x = to.x + BOX.width / 2;
    return [
      `<path class="forward" d="M${x} ${to.y - 18} V${to.y - 2}" marker-end="url(#forward-end)" />`,
      note(x + 8, to.y - 6, `x ${formatShape(value.shape)}`),
    ];
  }
  const [x0, y0] = [from.x + BOX.width / 2, from.y + BOX.height];
  const [x1, y1] = [to.x + BOX.width / 2, to.y];
  const isNear = to.depth === from.depth + 1;
  // past others: around them, at the right of the first column
  const bend = isNear ? '' : ` C${x0 + BOX.width} ${y0 + GAP.row}, ${x1 + BOX.width} ${y1 - GAP.row},`;
  const line = (dx: number): string =>
    isNear ? `M${x0 + dx} ${y0} L${x1 + dx} ${y1 - 2}` : `M${x0 + dx} ${y0}${bend} ${x1 + dx} ${y1 - 2}`;
  const back = (dx: number): string =>
    isNear
      ? `M${x1 + dx} ${y1} L${x0 + dx} ${y0 + 2}`
      : `M${x1 + dx} ${y1} C${x1 + BOX.width + dx} ${y1 - GAP.row}, ` +
        `${x0 + BOX.width + dx} ${y0 + GAP.row}, ${x0 + dx} ${y0 + 2}`;
  return [
    `<path class="forward" d="${line(-8)}" marker-end="url(#forward-end)" />`,
    ...(value.needsGradient ? [`<path class="back" d="${back(8)}" marker-end="url(#back-end)" />`] : []),
    ...(isNear ? [note((x0 + x1) / 2 + 18, (y0 + y1) / 2 + 4, formatShape(value.shape))] : []),
  ];
}

/** The parameters of an op, in front of it; their gradients go back to them. */
function parametersOf({ op, x, y }: Placed, { values }: StepTrace): string[] {
  const own = op.from.map((v) => values[v]).filter(({ name }) => name !== null && name !== 'x');
  return own.flatMap(({ name, shape, needsGradient }, i) => {
    const [left, top] = [x - PARAMETER.width - 34, y + i * (PARAMETER.height + 5)];
    const middle = top + PARAMETER.height / 2;
    return [
      `<rect class="parameter" x="${left}" y="${top}" width="${PARAMETER.width}" height="${PARAMETER.height}" />`,
      note(left + 6, middle + 4, `${name ?? ''} ${formatShape(shape)}`),
      `<path class="forward" d="M${left + PARAMETER.width} ${middle - 3} H${x - 2}" marker-end="url(#forward-end)" />`,
      ...(needsGradient
        ? [`<path class="back" d="M${x} ${middle + 4} H${left + PARAMETER.width + 2}" marker-end="url(#back-end)" />`]
        : []),
    ];
  });
}
