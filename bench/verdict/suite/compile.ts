/** Compiles the pipelines of a record for a card: some at a time in processes of their own, which a crash ends. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WeftError } from '../../../src/device/errors.js';
import type { Statistics } from '../compile.js';
import { cardEnvironment } from '../native.js';
import type { Message, Request } from './child.js';

/** What a card's compiler makes of a record's pipelines: its words by their digests, or why there are none. */
export interface CompiledRecord {
  readonly family: string;
  /** As WebGPU names the adapter. */
  readonly adapter: string;
  readonly results: ReadonlyMap<string, Statistics | string>;
}

const CHILD = fileURLToPath(new URL('child.js', import.meta.url));
/** The driver bears some hundreds of pipelines in a process. */
const AT_A_TIME = 100;

interface Heard {
  adapter: string;
  readonly results: Map<string, Statistics | string>;
}

/** One process. @returns how it ended before its end, or null. @throws WeftError where it never came to compile. */
function ask(request: Request, environment: NodeJS.ProcessEnv, heard: Heard, told: () => void): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, ['compile', JSON.stringify(request)], {
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let said = '';
    let [isOpen, isDone] = [false, false];
    child.stderr?.on('data', (chunk) => (said = `${said}${String(chunk)}`.slice(-2000)));
    child.on('message', (message: Message) => {
      if (message.kind === 'adapter') [isOpen, heard.adapter] = [true, message.name];
      else if (message.kind === 'end') isDone = true;
      else {
        heard.results.set(message.digest, message.result);
        told();
      }
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const how = signal === null ? `exit code ${code}` : `ended by ${signal}`;
      const ending = `${how}${said === '' ? '' : `: ${said.trim().split('\n').at(-1)}`}`;
      if (isOpen) resolve(isDone ? null : ending);
      else reject(new WeftError(`no pipeline can be compiled: ${ending}`));
    });
  });
}

/** All of a queue, in one process after the other. What crashes one that did nothing else is at fault itself. */
async function work(queue: string[][], folder: string, environment: NodeJS.ProcessEnv, heard: Heard, told: () => void) {
  for (let digests = queue.shift(); digests !== undefined; digests = queue.shift()) {
    const ending = await ask({ folder, digests }, environment, heard, told);
    if (ending === null) continue;
    const left = digests.filter((digest) => !heard.results.has(digest));
    if (left.length < digests.length) queue.unshift(left);
    else {
      heard.results.set(left[0], `the compiler crashes (${ending})`);
      queue.unshift(left.slice(1));
    }
  }
}

/**
 * @param settings of the driver, besides the family.
 * @param told hears of each pipeline.
 * @throws WeftError where the driver does not know the family.
 */
export async function compileRecord(
  family: string,
  folder: string,
  digests: readonly string[],
  told: (done: number) => void = () => {},
  settings: Readonly<Record<string, string>> = {},
): Promise<CompiledRecord> {
  const logs = mkdtempSync(join(tmpdir(), 'weft-compiled-'));
  const heard: Heard = { adapter: '', results: new Map() };
  const queue: string[][] = [];
  for (let at = 0; at < digests.length; at += AT_A_TIME) queue.push(digests.slice(at, at + AT_A_TIME));
  try {
    const workers = Math.min(availableParallelism(), queue.length);
    await Promise.all(
      Array.from({ length: workers }, (_, i) =>
        work(
          queue,
          folder,
          { ...cardEnvironment(family, join(logs, `${i}`)), WEFT_VERDICT_BRIEF: '1', ...settings },
          heard,
          () => told(heard.results.size),
        ),
      ),
    );
  } finally {
    rmSync(logs, { recursive: true, force: true });
  }
  return { family, ...heard };
}
