/** Runs test files in this process, in uvu: what test/run.ts hands to each of its processes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

type SuiteRun = () => Promise<[errors: string | true, passed: number, skipped: number, total: number]>;
const uvu = globalThis as unknown as {
  UVU_DEFER: number;
  UVU_QUEUE: (SuiteRun | null | string)[][];
  UVU_INDEX: number;
};
uvu.UVU_DEFER = 1;
uvu.UVU_QUEUE = [];
/** Brings in uvu, which must find the above. */
const harness = await import('./harness.js');

export interface FileResult {
  readonly file: string;
  readonly seconds: number;
  /** Seconds that this process's threads and its ended children computed; what else the machine does is not in it. */
  readonly cpu: number;
  readonly passed: number;
  readonly failed: number;
  /** Texts of what failed. */
  readonly failures: readonly string[];
  /** Names of skipped tests with the reason. */
  readonly skipped: readonly string[];
}

let files = 0;

/** Seconds computed so far: Node counts this process, Linux its children besides (in ticks of 10 ms). */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  let children = 0;
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    children = (Number(fields[13]) + Number(fields[14])) / 100;
  } catch {
    // no such file elsewhere
  }
  return (user + system) / 1e6 + children;
}

/** @param rounds how often each suite of the file runs: what a run left behind must not matter to the next. */
export async function runFile(root: string, file: string, rounds: number): Promise<FileResult> {
  const index = files++;
  uvu.UVU_INDEX = index;
  uvu.UVU_QUEUE[index] = [];
  const started = performance.now();
  const computed = cpuSeconds();
  const failures: string[] = [];
  const alreadySkipped = harness.skipped.length;
  harness.hookErrors.length = 0;
  let [passed, failed] = [0, 0];
  try {
    await import(pathToFileURL(join(root, file)).href);
    for (const run of Array.from({ length: rounds }, () => uvu.UVU_QUEUE[index] as SuiteRun[]).flat()) {
      const [errors, ran, , total] = await run();
      passed += ran;
      failed += total - ran;
      if (errors !== true) failures.push(errors);
    }
    if (uvu.UVU_QUEUE[index].length === 0) throw new Error('no test: does the file end with test.run()?');
  } catch (error) {
    failed++;
    failures.push(`  FAIL  ${file}: ${error instanceof Error ? error.stack : String(error)}\n`);
  }
  if (failed > failures.length) failures.push(...harness.hookErrors.slice(0, 3));
  return {
    file,
    seconds: (performance.now() - started) / 1000,
    cpu: cpuSeconds() - computed,
    passed,
    failed,
    failures,
    skipped: harness.skipped.slice(alreadySkipped),
  };
}

export const closeDevice = (): Promise<void> => harness.closeTestDevice();
