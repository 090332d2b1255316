/**
 * A process in which WebGPU sees one card that is not there: collects what the subjects launch, compiles each pipeline,
 * and sends its parent (judge.ts) what comes out, one message each. A compiler that crashes takes only this process.
 */
import { collectSubject, type Collected, type Dispatch, type Pipeline } from './collect.js';
import { compilePipeline, type Verdict } from './compile.js';
import { Device } from '../../src/device/device.js';
import { collectMembers, type MembersRequest } from './members.js';
import type { Subject } from './subjects.js';

/** What the parent asks for, as the process's one argument. */
export interface Request {
  readonly subjects: readonly Subject[];
  readonly members: MembersRequest | null;
  /** Of pipelines' keys. */
  readonly filter: string;
  /** Keys of pipelines that are not to be compiled: they are known, or have crashed the compiler. */
  readonly skip: readonly string[];
}

export type Message =
  | { readonly kind: 'adapter'; readonly name: string }
  | { readonly kind: 'step'; readonly subject: Subject; readonly dispatches: readonly [string, readonly Dispatch[]][] }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline }
  | { readonly kind: 'verdict'; readonly key: string; readonly verdict: Verdict | string }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'end' };

/** Resolves when the parent has it: what is not sent is lost in a crash. */
function send(message: Message): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}

/** The subjects and the members, one after the other. */
function* collected(device: Device, { subjects, members }: Request): Generator<[Subject, Collected]> {
  for (const subject of subjects) yield [subject, collectSubject(device, subject)];
  if (members !== null) yield* collectMembers(device, members);
}

async function answer(request: Request, log: string): Promise<void> {
  const device = await Device.create({ poison: false });
  await send({ kind: 'adapter', name: device.name });
  const wanted = new RegExp(request.filter);
  const done = new Set(request.skip);
  for (const [subject, { pipelines, dispatches }] of collected(device, request)) {
    await send({ kind: 'step', subject, dispatches: [...dispatches] });
    for (const pipeline of pipelines.values()) {
      const { key } = pipeline;
      if (done.has(key) || !wanted.test(key)) continue;
      done.add(key);
      await send({ kind: 'pipeline', pipeline });
      await send({ kind: 'verdict', key, verdict: await compilePipeline(device.gpu, pipeline, log) });
    }
  }
  await send({ kind: 'end' });
}

if (process.send !== undefined && process.argv[2] === 'judge') {
  const log = process.env['WEFT_VERDICT_LOG'] as string;
  await answer(JSON.parse(process.argv[3]) as Request, log).catch((error: unknown) =>
    send({ kind: 'error', message: String(error instanceof Error ? error.stack : error) }),
  );
  process.exit(0); // Dawn keeps threads of its own
}
