/**
 * Runs every *.test.js below dist/test in uvu, and ends with the plain line `N passed, N failed, N skipped`.
 *
 *   node dist/test/run.js [PATTERN…] [--jobs N] [--twice] [--browser | --scale]
 *
 * runs the files whose path one of the patterns matches, which are regular expressions (`^train/` leaves out
 * `cli/train/`), in N processes (2), each of which takes the next file when it has done one; then, alone, the files
 * that measure. `--twice` runs every suite two times in the same process; `--browser` runs *.browser.js instead, which
 * drive a browser, `--scale` runs *.scale.js, which start MPI, queues and schedulers. A process that dies fails the
 * file it was at, and another takes the rest.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { closeDevice, runFile, type FileResult } from './support/shard.js';

const root = fileURLToPath(new URL('.', import.meta.url));
const argument = (name: string): string | undefined => process.argv[process.argv.indexOf(name) + 1];
const rounds = process.argv.includes('--twice') ? 2 : 1;

/** Where others at work would disturb: what is timed, or counts this process's own time or memory. */
const ALONE = /^bench\/(measure|compare_processes)|^device\/(wait|memory|profiler)\.|^train\/memory\.|^cli\/tune\./;
/** Begun first, because they take longest: what is begun last leaves the others idle. */
const LONG =
  /^(cli\/|bench\/cli|package\/|autograd\/|nn\/|train\/|vae\/|property\/|kernels\/(references|launch\/|tune\/)|device\/steady)/;

/** Told to a process that has no more to do. */
const END = '';

async function runAll(): Promise<void> {
  const jobs = process.argv.includes('--jobs') ? Number(argument('--jobs')) : 2;
  const patterns = process.argv
    .slice(2)
    .filter((a, i, all) => !a.startsWith('-') && all[i - 1] !== '--jobs')
    .map(patternOf);
  const kind = ['browser', 'scale'].find((name) => process.argv.includes(`--${name}`)) ?? 'test';
  const files = (readdirSync(root, { recursive: true }) as string[])
    .filter((f) => f.endsWith(`.${kind}.js`) && (patterns.length === 0 || patterns.some((p) => p.test(f))))
    .sort((a, b) => Number(LONG.test(b)) - Number(LONG.test(a)) || (a < b ? -1 : 1));
  const alone = files.filter((f) => kind !== 'test' || jobs === 1 || ALONE.test(f));
  const side = files.filter((f) => !alone.includes(f));
  const results: FileResult[] = [];
  await Promise.all(Array.from({ length: Math.min(jobs, side.length) }, () => work(side, results)));
  await work(alone, results);

  for (const { failures } of results) for (const failure of failures) process.stdout.write(`\n${failure}`);
  for (const { skipped } of results) for (const name of skipped) process.stdout.write(`skipped: ${name}\n`);
  if (files.length === 0) process.stdout.write('no test file matches\n');
  const total = (of: (r: FileResult) => number): number => results.reduce((sum, r) => sum + of(r), 0);
  const failed = total((r) => r.failed);
  if (failed > 0 || files.length === 0) process.exitCode = 1;
  process.stdout.write(
    `\n${total((r) => r.passed)} passed, ${failed} failed, ${total((r) => r.skipped.length)} skipped\n`,
  );
}

/** A pattern of the command line; what is no regular expression ends the process with code 2. */
function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    process.stderr.write(`test: ${text} is no regular expression; patterns are matched with paths of test files\n`);
    return process.exit(2);
  }
}

/** Takes files from the queue until it is empty, in a process of its own. */
async function work(queue: string[], results: FileResult[]): Promise<void> {
  let child: ChildProcess | null = null;
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    child ??= start();
    const result = await resultOf(child, file);
    if (result.died) child = null;
    results.push(result);
    process.stdout.write(
      `    ${file} ${result.passed} passed${result.failed > 0 ? `, ${result.failed} FAILED` : ''}, ` +
        `${result.seconds.toFixed(1)} s, ${result.cpu.toFixed(1)} s of CPU\n`,
    );
  }
  if (child !== null) await end(child);
}

/** What uvu prints as it goes on: names of suites, dots, counts. Two processes would mix it up. */
const PROGRESS = /[•✘]|^ \S.* {2}$|^ +\(\d+ \/ \d+\)$|^ *$/u;

/** What Dawn prints for every adapter of a software driver. */
const DAWN = /^Warning: max\w+ artificially reduced|^$/;

function start(): ChildProcess {
  const child = fork(fileURLToPath(import.meta.url), [...process.argv.slice(2), '--worker'], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const [name, noise] of [
    ['stdout', PROGRESS],
    ['stderr', DAWN],
  ] as const) {
    child[name]?.on('data', (text: Buffer) => {
      const kept = text
        .toString()
        .split('\n')
        .filter((line) => !noise.test(line));
      if (kept.length > 0) process[name].write(`${kept.join('\n')}\n`);
    });
  }
  return child;
}

function resultOf(child: ChildProcess, file: string): Promise<FileResult & { readonly died?: true }> {
  return new Promise((resolve) => {
    const started = performance.now();
    const onExit = (code: number | null, signal: string | null): void => {
      const failures = [`  FAIL  ${file}: its process ended with ${signal ?? `code ${code}`}\n`];
      resolve({
        file,
        seconds: (performance.now() - started) / 1000,
        cpu: 0,
        passed: 0,
        failed: 1,
        failures,
        skipped: [],
        died: true,
      });
    };
    child.once('exit', onExit);
    child.once('message', (result) => {
      child.off('exit', onExit);
      resolve(result as FileResult);
    });
    child.send(file);
  });
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.send(END);
  });
}

if (process.argv.includes('--worker')) {
  process.on('disconnect', () => process.exit(1)); // nobody is left to tell
  process.on('message', (file: string) => {
    if (file === END) void closeDevice().then(() => process.exit(0));
    else void runFile(root, file, rounds).then((result) => process.send?.(result));
  });
} else {
  await runAll();
}
