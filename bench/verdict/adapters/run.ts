/** Runs child.ts for facts, and the compiler on what it notes. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cardEnvironment } from '../native.js';
import { compileRecord } from '../suite/compile.js';
import type { Subject } from '../subjects.js';
import type { Message, Request } from './child.js';
import type { Settings } from './facts.js';
import type { Outcome } from './zoo.js';

const CHILD = fileURLToPath(new URL('child.js', import.meta.url));

/** What was heard of the models under one fact. Members are those of the hot families. */
export interface Ran {
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly failures: ReadonlyMap<string, string>;
  readonly members: ReadonlySet<string>;
}

export interface Compiled {
  /** Of all models together, each once. */
  readonly pipelines: number;
  /** Models all of whose pipelines compile, without a spill. */
  readonly models: readonly string[];
  readonly failures: ReadonlyMap<string, string>;
  readonly members: ReadonlySet<string>;
}

function ask(
  request: Request,
  environment: NodeJS.ProcessEnv,
  hear: (message: Message) => void,
): Promise<string | null> {
  return new Promise((resolve) => {
    const child = fork(CHILD, ['adapters', JSON.stringify(request)], {
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let said = '';
    let isDone = false;
    child.stderr?.on('data', (chunk) => (said = `${said}${String(chunk)}`.slice(-2000)));
    child.on('message', (message: Message) => {
      if (message.kind === 'end') isDone = true;
      else hear(message);
    });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => {
      const how = signal === null ? `exit code ${code}` : `ended by ${signal}`;
      resolve(isDone ? null : `${how}: ${said.trim().split('\n').at(-1) ?? ''}`);
    });
  });
}

/** Runs the models on the software driver, as these settings say that it is. */
export async function runUnder(settings: Settings, models: readonly string[]): Promise<Ran> {
  const outcomes = new Map<string, Outcome>();
  const failures = new Map<string, string>();
  const members = new Set<string>();
  const environment = { ...process.env, XDG_RUNTIME_DIR: process.env['XDG_RUNTIME_DIR'] || tmpdir(), ...settings };
  const ending = await ask({ kind: 'run', models }, environment, (message) => {
    if (message.kind === 'failed') failures.set(message.model, message.why);
    if (message.kind !== 'ran') return;
    outcomes.set(message.model, message.outcome);
    for (const member of message.members) members.add(member);
  });
  const rest = ending === null ? [] : models.filter((m) => !outcomes.has(m) && !failures.has(m));
  for (const model of rest) failures.set(model, ending as string);
  return { outcomes, failures, members };
}

/** Compiles all that the subjects launch on a card of this family, as these settings say that it is. */
export async function compileUnder(
  family: string,
  settings: Settings,
  subjects: readonly Subject[],
  told: (done: number) => void = () => {},
): Promise<Compiled> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-adapters-'));
  const failures = new Map<string, string>();
  const members = new Set<string>();
  const needed = new Map<string, Set<string>>();
  try {
    const request = { kind: 'collect', subjects, folder } as const;
    const ending = await ask(request, { ...cardEnvironment(family, null), ...settings }, (message) => {
      if (message.kind === 'failed') failures.set(message.model, message.why);
      if (message.kind !== 'collected') return;
      const own = needed.get(message.model) ?? new Set();
      for (const digest of message.digests) own.add(digest);
      needed.set(message.model, own);
      for (const member of message.members) members.add(member);
    });
    const models = [...new Set(subjects.map(({ name }) => name))];
    if (ending !== null)
      for (const model of models.filter((m) => !needed.has(m) && !failures.has(m))) failures.set(model, ending);
    const digests = [...new Set([...needed.values()].flatMap((own) => [...own]))];
    const { results } = await compileRecord(family, folder, digests, told, settings);
    for (const [model, own] of needed)
      for (const digest of own) {
        const result = results.get(digest);
        const isGood = typeof result === 'object' && result.spills + result.scratch === 0;
        if (!isGood) failures.set(model, typeof result === 'object' ? `${digest} spills` : (result ?? 'not compiled'));
      }
    return { pipelines: digests.length, models: models.filter((m) => !failures.has(m)), failures, members };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
