/**
 * A traced step in the Trace Event Format, which chrome://tracing, Perfetto and Speedscope open: a track of ops, a
 * track of kernels under them, and the memory in use as a counter. The GPU runs one kernel after the other; the gaps
 * between them are left out.
 */
import { formatShape } from '../tensor/shape.js';
import type { StepTrace, TracedOp } from './trace.js';

/** An event of the format: `X` has a duration, `M` names something, `C` counts. Times in microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: 'X' | 'M' | 'C';
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly args: Readonly<Record<string, string | number>>;
}

const PROCESS = 1;
const TRACKS = { ops: 1, kernels: 2 } as const;
/** How long a kernel is drawn whose time is not known. */
const UNKNOWN_MICROSECONDS = 1;

/** @param title names the process, e.g. `cnn, batch 32, on llvmpipe`. */
export function chromeTrace({ ops, launches }: StepTrace, title: string): { readonly traceEvents: TraceEvent[] } {
  const named = (name: string, tid: number, value: string): TraceEvent => ({
    name,
    ph: 'M',
    pid: PROCESS,
    tid,
    ts: 0,
    args: { name: value },
  });
  const events = [
    named('process_name', 0, title),
    named('thread_name', TRACKS.ops, 'ops'),
    named('thread_name', TRACKS.kernels, 'kernels'),
  ];
  const spans = new Map<number, { from: number; to: number }>();
  let now = 0;
  for (const l of launches) {
    const dur = l.milliseconds === null ? UNKNOWN_MICROSECONDS : Math.max(l.milliseconds * 1000, 1e-3);
    events.push({
      name: l.kernel,
      ph: 'X',
      cat: ops[l.op].phase,
      pid: PROCESS,
      tid: TRACKS.kernels,
      ts: now,
      dur,
      args: {
        op: ops[l.op].name,
        workgroups: l.workgroups,
        'bytes read': l.bytesRead,
        'bytes written': l.bytesWritten,
      },
    });
    events.push({
      name: 'memory in use',
      ph: 'C',
      pid: PROCESS,
      tid: 0,
      ts: now,
      args: { bytes: l.bytesInUse },
    });
    spans.set(l.op, { from: spans.get(l.op)?.from ?? now, to: now + dur });
    now += dur;
  }
  for (const [number, { from, to }] of spans) {
    const op = ops[number];
    events.push({
      name: op.phase === 'backward' ? `${op.name} backward` : op.name,
      ph: 'X',
      cat: op.phase,
      pid: PROCESS,
      tid: TRACKS.ops,
      ts: from,
      dur: to - from,
      args: { shapes: shapesOf(op) },
    });
  }
  return { traceEvents: events.sort((a, b) => a.tid - b.tid || a.ts - b.ts) };
}

/** `(32, 1, 28, 28), (6, 1, 5, 5) -> (32, 6, 28, 28)`. */
export function shapesOf({ inputs, outputs }: TracedOp): string {
  const list = (shapes: readonly (readonly number[] | null)[]): string =>
    shapes.map((s) => (s === null ? '-' : formatShape(s))).join(', ');
  return inputs.length === 0 ? '' : `${list(inputs)} -> ${list(outputs)}`;
}
