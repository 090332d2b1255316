/**
 * `npm run test:fuzz -- [--count N] [--seed S]`: N spoilt files (100,000), in turn of every kind that Weft reads.
 * Whatever is wrong with a file must end in one of the project's own errors, within 5 seconds. A process of its own
 * reads them, which is ended where one hangs. What is found is named by seed and number: `--seed S --only NUMBER` reads
 * that file alone and shows the error. The last line: `N inputs, N untyped, N hangs, peak N MB`.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readers } from './fuzz_inputs.js';
import { generator, spoil } from './spoil.js';

const LIMIT_MS = 5000;

interface Report {
  /** The input that is begun; the reports of those before it are in. */
  readonly next: number;
  readonly fault?: string;
  readonly peakMB: number;
}

function numberOf(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
}

/** MB of memory that this process has had at most; its maxRSS would begin with what the process had that made it. */
function peak(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
  return Math.round(kilobytes === undefined ? process.memoryUsage.rss() / 2 ** 20 : Number(kilobytes) / 1024);
}

/** Whether an error is one that says what is wrong: the project's classes all have an exit code. */
const isTyped = (error: unknown): boolean =>
  error instanceof Error && typeof (error as { exitCode?: unknown }).exitCode === 'number';

async function read(
  seed: number,
  number: number,
  all: Awaited<ReturnType<typeof readers>>,
  home: string,
): Promise<string | undefined> {
  const reader = all[number % all.length];
  const bytes = spoil(reader.sound, reader.isText, generator(seed * 1_000_003 + number));
  const folder = join(home, `${number % all.length}`);
  try {
    await reader.read(bytes, folder);
  } catch (error) {
    if (!isTyped(error)) return `${reader.name}: ${error instanceof Error ? error.stack : String(error)}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return undefined;
}

async function child(seed: number, from: number, to: number): Promise<void> {
  process.env['WEFT_CACHE'] = mkdtempSync(join(tmpdir(), 'weft-fuzz-cache-'));
  const home = mkdtempSync(join(tmpdir(), 'weft-fuzz-'));
  process.on('exit', () =>
    [home, String(process.env['WEFT_CACHE'])].forEach((folder) => rmSync(folder, { recursive: true, force: true })),
  );
  process.on('disconnect', () => process.exit(1));
  const all = await readers();
  for (let n = from; n < to; n++) {
    const fault = await read(seed, n, all, home);
    if (fault === undefined && n % 20 !== 19 && n % 20 !== 0 && n + 1 !== to) continue;
    const report: Report = { next: n + 1, peakMB: peak(), ...(fault === undefined ? {} : { fault }) };
    process.send?.(report);
  }
  process.exit(0);
}

export interface Outcome {
  readonly inputs: number;
  readonly untyped: readonly string[];
  readonly hangs: readonly string[];
  readonly peakMB: number;
}

/** Reads that many spoilt files in processes of their own. */
export async function fuzz(count: number, seed: number, say: (text: string) => void): Promise<Outcome> {
  const [untyped, hangs]: string[][] = [[], []];
  const names = (await readers()).map((r) => r.name);
  let peakMB = 0;
  for (let at = 0; at < count;) {
    const started = at;
    at = await new Promise<number>((resolve) => {
      const worker: ChildProcess = fork(
        fileURLToPath(import.meta.url),
        ['--child', '--seed', `${seed}`, '--from', `${started}`, '--to', `${count}`],
        { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
      );
      let next = started;
      let timer: NodeJS.Timeout;
      const watch = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => worker.kill('SIGKILL'), 20 * LIMIT_MS); // reports come every 20 files at the latest
      };
      watch();
      worker.on('message', (message) => {
        const report = message as Report;
        watch();
        next = report.next;
        peakMB = Math.max(peakMB, report.peakMB);
        if (report.fault !== undefined) {
          untyped.push(`${next - 1}: ${report.fault}`);
          say(`seed ${seed}, ${untyped.at(-1)}`);
        }
        if (next % 5000 === 0) say(`${next} of ${count}, peak ${peakMB} MB`);
      });
      worker.on('exit', (code, signal) => {
        clearTimeout(timer);
        if (code === 0) return resolve(count);
        hangs.push(`${next} to ${next + 19}: ${signal ?? `code ${code}`}`);
        say(`seed ${seed}, the process ended at one of ${hangs.at(-1)}, of ${names.length} readers`);
        resolve(next + 20);
      });
    });
  }
  return { inputs: count, untyped, hangs, peakMB };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const seed = numberOf('seed', 1);
  if (process.argv.includes('--child')) await child(seed, numberOf('from', 0), numberOf('to', 0));
  else if (process.argv.includes('--only')) {
    const home = mkdtempSync(join(tmpdir(), 'weft-fuzz-'));
    process.stdout.write(
      `${(await read(seed, numberOf('only', 0), await readers(), home)) ?? 'read, or refused in words'}\n`,
    );
    rmSync(home, { recursive: true, force: true });
  } else {
    const { inputs, untyped, hangs, peakMB } = await fuzz(numberOf('count', 100_000), seed, (text) =>
      process.stdout.write(`${text}\n`),
    );
    if (untyped.length + hangs.length > 0) process.exitCode = 1;
    process.stdout.write(`${inputs} inputs, ${untyped.length} untyped, ${hangs.length} hangs, peak ${peakMB} MB\n`);
  }
}
