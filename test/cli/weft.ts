/** Runs the command line as a user does, in a folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { benchCommand } from '../../bench/command.js';
import { main } from '../../src/cli/main.js';
import { skipped } from '../support/harness.js';

// Compiled to dist/test/cli/weft.js.
const SCRIPT = fileURLToPath(new URL('../../../scripts/weft.mjs', import.meta.url));

/** SwiftShader computes 5 to 8 times slower than lavapipe: the longest cases are left out there. */
export const isSwiftShader = /swiftshader/i.test(process.env['VK_DRIVER_FILES'] ?? '');

/** A test of what is the same on every driver, with trainings that take long on SwiftShader: there it is left out. */
export function onFastDrivers(
  test: (name: string, body: () => Promise<void>) => void,
  name: string,
  body: () => Promise<void>,
): void {
  if (isSwiftShader) skipped.push(`${name} (too slow on SwiftShader)`);
  else test(name, body);
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface Options {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** In a process of its own, as from a terminal; else `main` is called here, which takes a tenth of the time. */
  readonly apart?: boolean;
  /** Called with the process (which is one of its own then) and all of stderr so far, whenever there is more of it. */
  readonly onStderr?: (process: ChildProcess, text: string) => void;
}

/** What these say is read once, by the driver or by Node, when a process begins. */
const READ_ONCE = /^(VK_|NODE_)/;

let last: Promise<unknown> = Promise.resolve();

/** What `weft tune` may have found for the one who runs the tests is left out, unless `env` says otherwise. */
export function weft(args: readonly string[], options: Options): Promise<Finished> {
  const env = { WEFT_TUNE: '0', ...options.env };
  if (options.apart === true || options.onStderr !== undefined || Object.keys(env).some((name) => READ_ONCE.test(name)))
    return apart(args, { ...options, env });
  // one after another: folder, environment and output are the process's
  const finished = last.then(() => here(args, options.cwd, env));
  last = finished.catch(() => {});
  return finished;
}

/** In this process. */
async function here(args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<Finished> {
  const started = performance.now();
  const before = { cwd: process.cwd(), env: { ...process.env } };
  const said = { stdout: '', stderr: '' };
  const restore = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name];
    const [write, isTTY] = [stream.write, stream.isTTY];
    stream.isTTY = false;
    stream.write = ((text: string | Uint8Array, ...more: unknown[]) => {
      said[name] += String(text);
      for (const then of more) if (typeof then === 'function') (then as () => void)();
      return true;
    }) as typeof write;
    return () => Object.assign(stream, { write, isTTY });
  });
  process.chdir(cwd);
  Object.assign(process.env, env);
  try {
    const code = await main([...args], VERSION, [benchCommand]);
    return { code, ...said, seconds: (performance.now() - started) / 1000 };
  } finally {
    for (const each of restore) each();
    for (const name of Object.keys(env)) if (before.env[name] === undefined) delete process.env[name];
    Object.assign(process.env, before.env);
    process.chdir(before.cwd);
  }
}

const { version: VERSION } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** In a process of its own. */
function apart(args: readonly string[], { cwd, env, onStderr }: Options): Promise<Finished> {
  const started = performance.now();
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onStderr?.(child, stderr);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr, seconds: (performance.now() - started) / 1000 }));
  });
}

/** The one JSON document on stdout of a run that succeeded. */
export async function weftJson<T>(args: readonly string[], options: Options): Promise<T> {
  const { code, stdout, stderr } = await weft([...args, '--json'], options);
  assert.is(code, 0, `weft ${args.join(' ')}: ${stderr}`);
  return JSON.parse(stdout) as T; // throws when there is more than one document, or words for people
}

/** A command line that must fail. */
export interface Refusal {
  /** The words after `weft`, separated by single blanks. */
  readonly args: string;
  readonly code: number;
  /** What the message and the fix must say. */
  readonly says: readonly RegExp[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The folder that a command line would own: two at a time that want the same one refuse one another. */
const ownedBy = ({ args }: Refusal): string | undefined =>
  /--(?:out|resume) (\S+)/.exec(args)?.[1] ?? (args.startsWith('imbalance ') ? 'runs/imbalance' : undefined);

/**
 * Runs failing command lines, a few at a time: exit code, message and fix (where there is one) on stderr, the same as
 * JSON, nothing new in the folder but for what a cache there keeps.
 */
export async function expectRefusals(cwd: string, cases: readonly Refusal[]): Promise<void> {
  const listed = (): string[] =>
    (readdirSync(cwd, { recursive: true }) as string[]).filter((name) => !/^cache\b/.test(name)).sort();
  const before = listed();
  const queue = [...cases];
  const owned = new Set<string>();
  /** The first whose folder is free. */
  const next = (): Refusal | undefined =>
    queue.splice(queue.findIndex((c) => !owned.has(ownedBy(c) ?? '')) >>> 0, 1)[0];
  const work = async (): Promise<void> => {
    for (let c = next(); c !== undefined; c = next()) {
      const folder = ownedBy(c);
      if (folder !== undefined) owned.add(folder);
      await expectRefusal(cwd, c);
      owned.delete(folder ?? '');
    }
  };
  await Promise.all([work(), work(), work()]);
  assert.equal(listed(), before, 'nothing was written');
}

async function expectRefusal(cwd: string, c: Refusal): Promise<void> {
  const words = c.args === '' ? [] : c.args.split(' ');
  const asJson = words.length > 1;
  const { code, stdout, stderr } = await weft(asJson ? [...words, '--json'] : words, {
    cwd,
    env: { NO_COLOR: '1', ...c.env },
  });
  const name = `weft ${c.args}\n${stderr}`;
  assert.is(code, c.code, name);
  assert.match(stderr, /^weft: error: \S/m, name);
  assert.not.match(stderr, /^ +at .*(\.js|node:)|undefined|\[object/m, name);
  for (const pattern of c.says) assert.match(stderr, pattern, name);
  if (!asJson) return;
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string; fix?: string } };
  assert.ok(stderr.includes(error.message) && stderr.includes(error.fix ?? ''), name);
  assert.is(/^ {2}fix: \S/m.test(stderr), error.fix !== undefined, name);
}
