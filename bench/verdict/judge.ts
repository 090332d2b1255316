/** What the compiler of a card makes of some subjects: runs child.ts, again where the compiler crashed. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WeftError } from '../../src/device/errors.js';
import type { Message, Request } from './child.js';
import type { Dispatch, Pipeline } from './collect.js';
import type { Verdict } from './compile.js';
import type { MembersRequest } from './members.js';
import { cardEnvironment } from './native.js';
import type { Subject } from './subjects.js';

export interface Step {
  readonly subject: Subject;
  /** By the pipeline's key, in the order in which they are met. */
  readonly dispatches: ReadonlyMap<string, readonly Dispatch[]>;
}

/** All that was heard of one family of cards. */
export interface Judged {
  /** As RADV names it: `navi31`. */
  readonly family: string;
  /** As WebGPU names the adapter. */
  readonly adapter: string;
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  /** Or why there is none. */
  readonly verdicts: ReadonlyMap<string, Verdict | string>;
  readonly steps: readonly Step[];
}

const CHILD = fileURLToPath(new URL('child.js', import.meta.url));

interface Heard {
  adapter: string;
  readonly pipelines: Map<string, Pipeline>;
  readonly verdicts: Map<string, Verdict | string>;
  readonly steps: Map<string, Step>;
}

/** One process. @returns why it ended before its end, or null. */
function ask(
  family: string,
  request: Request,
  log: string,
  heard: Heard,
  onVerdict: () => void,
): Promise<string | null> {
  return new Promise((resolve) => {
    const child = fork(CHILD, ['judge', JSON.stringify(request)], {
      env: cardEnvironment(family, log),
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let said = '';
    let ending: string | null = 'no answer';
    child.stderr?.on('data', (chunk) => (said = `${said}${String(chunk)}`.slice(-2000)));
    child.on('message', (message: Message) => {
      switch (message.kind) {
        case 'adapter':
          heard.adapter = message.name;
          break;
        case 'step':
          heard.steps.set(JSON.stringify(message.subject), {
            subject: message.subject,
            dispatches: new Map(message.dispatches),
          });
          break;
        case 'pipeline':
          heard.pipelines.set(message.pipeline.key, message.pipeline);
          break;
        case 'verdict':
          heard.verdicts.set(message.key, message.verdict);
          onVerdict();
          break;
        case 'error':
          ending = message.message;
          break;
        case 'end':
          ending = null;
          break;
        default:
          message satisfies never;
      }
    });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => {
      const how = signal === null ? `exit code ${code}` : `ended by ${signal}`;
      resolve(ending === 'no answer' ? `${how}${said === '' ? '' : `: ${said.trim().split('\n').at(-1)}`}` : ending);
    });
  });
}

/**
 * @param filter pipelines to compile, by a regular expression of their keys.
 * @param onVerdict hears of each.
 * @param members what of single families is judged as well.
 * @throws WeftError where a step cannot be recorded on that card.
 */
export async function judge(
  family: string,
  subjects: readonly Subject[],
  filter: string,
  onVerdict: (done: number) => void = () => {},
  members: MembersRequest | null = null,
): Promise<Judged> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-verdict-'));
  const heard: Heard = { adapter: '', pipelines: new Map(), verdicts: new Map(), steps: new Map() };
  try {
    for (;;) {
      const request = { subjects, members, filter, skip: [...heard.verdicts.keys()] };
      const ending = await ask(family, request, join(folder, 'log'), heard, () => onVerdict(heard.verdicts.size));
      if (ending === null) break;
      // it died of the pipeline that it was at
      const last = [...heard.pipelines.keys()].find((key) => !heard.verdicts.has(key));
      if (last === undefined)
        throw new WeftError(`on ${family} the steps cannot be recorded: ${ending}`, {
          fix: 'see whether RADV knows this family: RADV_FORCE_FAMILY',
        });
      heard.verdicts.set(last, `the compiler crashes (${ending})`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { family, ...heard, steps: [...heard.steps.values()] };
}
