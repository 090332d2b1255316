/**
 * A process on an adapter of which one fact is another: runs models on the software driver, or notes what they launch
 * on a card that is not there, each pipeline in a file of a folder (suite/record.ts). What fails, fails one model.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Device } from '../../../src/device/device.js';
import { collectSubject, type Pipeline } from '../collect.js';
import { layoutOf } from '../compile.js';
import type { Subject } from '../subjects.js';
import { WINDOW_VARIABLE } from './facts.js';
import { memberOf } from './members.js';
import { runModel, type Outcome } from './zoo.js';

/** What the parent (run.ts) asks for, as the process's one argument. */
export type Request =
  | { readonly kind: 'run'; readonly models: readonly string[] }
  | { readonly kind: 'collect'; readonly subjects: readonly Subject[]; readonly folder: string };

export type Message =
  | { readonly kind: 'ran'; readonly model: string; readonly outcome: Outcome; readonly members: readonly string[] }
  | {
      readonly kind: 'collected';
      readonly model: string;
      readonly digests: readonly string[];
      readonly members: readonly string[];
    }
  | { readonly kind: 'failed'; readonly model: string; readonly why: string }
  | { readonly kind: 'end' };

/** Resolves when the parent has it: what is not sent is lost in a crash. */
function send(message: Message): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}

function open(): Promise<Device> {
  const bytes = process.env[WINDOW_VARIABLE];
  return Device.create(bytes === undefined ? {} : { maxBindingBytes: Number(bytes) });
}

/** The members of the families that are most of a step's work, while a body runs. */
async function membersDuring(device: Device, body: () => Promise<void>): Promise<string[]> {
  const members = new Set<string>();
  const own = device.dispatch.bind(device);
  device.dispatch = (kernel, launch): void => {
    const member = memberOf(kernel, launch);
    if (member !== null && launch.workgroups > 0) members.add(member);
    own(kernel, launch);
  };
  await body().finally(() => (device.dispatch = own));
  return [...members];
}

async function run(models: readonly string[]): Promise<void> {
  let device = await open();
  for (const model of models) {
    try {
      let outcome: Outcome | null = null;
      const members = await membersDuring(device, async () => void (outcome = await runModel(device, model)));
      if (outcome !== null) await send({ kind: 'ran', model, outcome, members });
    } catch (error) {
      await send({ kind: 'failed', model, why: String(error) });
      device.destroy();
      device = await open(); // a failure of WebGPU's stays with its device
    }
  }
  device.destroy();
}

/** As scripts/lib/record_pipelines.mjs writes them. */
function write(folder: string, { key, kernel, code, constants }: Pipeline): string {
  const settings = Object.entries(constants).map(([name, value]) => [name, String(value)]);
  const what = { entryPoint: 'main', constants: settings, layout: [layoutOf(kernel)], code };
  const text = JSON.stringify(what);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 24);
  writeFileSync(join(folder, `${digest}.json`), `${JSON.stringify({ label: key, ...what })}\n`);
  return digest;
}

async function collectAll(subjects: readonly Subject[], folder: string): Promise<void> {
  const device = await open();
  for (const subject of subjects) {
    try {
      const { pipelines } = collectSubject(device, subject);
      const digests = [...pipelines.values()].map((pipeline) => write(folder, pipeline));
      const members = [...pipelines.values()].flatMap(
        ({ kernel, specialise }) => memberOf(kernel, { specialise }) ?? [],
      );
      await send({ kind: 'collected', model: subject.name, digests, members });
    } catch (error) {
      await send({ kind: 'failed', model: subject.name, why: String(error) });
    }
  }
  device.destroy();
}

if (process.send !== undefined && process.argv[2] === 'adapters') {
  const request = JSON.parse(process.argv[3]) as Request;
  if (request.kind === 'run') await run(request.models);
  else await collectAll(request.subjects, request.folder);
  await send({ kind: 'end' });
  process.exit(0); // Dawn keeps threads of its own
}
