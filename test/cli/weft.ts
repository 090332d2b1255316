/** Runs the command line as a user does: a process of its own, in a folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';

// Compiled to dist/test/cli/weft.js.
const SCRIPT = fileURLToPath(new URL('../../../scripts/weft.mjs', import.meta.url));

/** SwiftShader computes 5 to 8 times slower than lavapipe: the longest cases are left out there. */
export const isSwiftShader = /swiftshader/i.test(process.env['VK_DRIVER_FILES'] ?? '');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface Options {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the process and all of stderr so far, whenever there is more of it. */
  readonly onStderr?: (process: ChildProcess, text: string) => void;
}

/** What `weft tune` may have found for the one who runs the tests is left out, unless `env` says otherwise. */
export function weft(args: readonly string[], { cwd, env = {}, onStderr }: Options): Promise<Finished> {
  const started = performance.now();
  const child = spawn(process.execPath, [SCRIPT, ...args], { cwd, env: { ...process.env, WEFT_TUNE: '0', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
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
const ownedBy = ({ args }: Refusal): string | undefined => /--(?:out|resume) (\S+)/.exec(args)?.[1] ?? (args.startsWith('imbalance ') ? 'runs/imbalance' : undefined);

/** Runs failing command lines, a few at a time: exit code, message and fix (where there is one) on stderr, the same as JSON, nothing new in the folder. */
export async function expectRefusals(cwd: string, cases: readonly Refusal[]): Promise<void> {
  const before = readdirSync(cwd, { recursive: true }).sort();
  const queue = [...cases];
  const owned = new Set<string>();
  /** The first whose folder is free. */
  const next = (): Refusal | undefined => queue.splice(queue.findIndex((c) => !owned.has(ownedBy(c) ?? '')) >>> 0, 1)[0];
  const work = async (): Promise<void> => {
    for (let c = next(); c !== undefined; c = next()) {
      const folder = ownedBy(c);
      if (folder !== undefined) owned.add(folder);
      await expectRefusal(cwd, c);
      owned.delete(folder ?? '');
    }
  };
  await Promise.all([work(), work(), work()]);
  assert.equal(readdirSync(cwd, { recursive: true }).sort(), before, 'nothing was written');
}

async function expectRefusal(cwd: string, c: Refusal): Promise<void> {
  const words = c.args === '' ? [] : c.args.split(' ');
  const asJson = words.length > 1;
  const { code, stdout, stderr } = await weft(asJson ? [...words, '--json'] : words, { cwd, env: { NO_COLOR: '1', ...c.env } });
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
