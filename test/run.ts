/**
 * Runs every *.test.js below dist/test in one process, in uvu, and ends with the plain line `N passed, N failed, N skipped`.
 * `node dist/test/run.js [PATTERN…]` runs the files whose path contains one of the patterns; `--twice` runs them two times; `--browser`
 * runs *.browser.js instead, which drive a browser.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

type SuiteRun = () => Promise<[errors: string | true, passed: number, skipped: number, total: number]>;
const uvu = globalThis as unknown as { UVU_DEFER: number; UVU_QUEUE: (SuiteRun | null | string)[][]; UVU_INDEX: number };
uvu.UVU_DEFER = 1;
uvu.UVU_QUEUE = [];

const root = fileURLToPath(new URL('.', import.meta.url));
const patterns = process.argv.slice(2).filter((a) => !a.startsWith('-'));
const ending = process.argv.includes('--browser') ? '.browser.js' : '.test.js';
const files = (readdirSync(root, { recursive: true }) as string[])
  .filter((f) => f.endsWith(ending) && (patterns.length === 0 || patterns.some((p) => f.includes(p))))
  .sort();

/** `--twice` runs every suite a second time in the same process: what the first run left behind must not matter. */
const rounds = process.argv.includes('--twice') ? 2 : 1;

const harness = await import('./support/harness.js');
const skippedNames = harness.skipped;
let passed = 0;
let failed = 0;
const failures: string[] = [];
for (const [index, file] of files.entries()) {
  uvu.UVU_INDEX = index;
  uvu.UVU_QUEUE[index] = [];
  const started = performance.now();
  try {
    await import(pathToFileURL(join(root, file)).href);
    for (const run of Array.from({ length: rounds }, () => uvu.UVU_QUEUE[index] as SuiteRun[]).flat()) {
      const [errors, ran, , total] = await run();
      passed += ran;
      failed += total - ran;
      if (errors !== true) failures.push(errors);
    }
  } catch (error) {
    failed++;
    failures.push(`  FAIL  ${file}: ${error instanceof Error ? error.stack : String(error)}\n`);
  }
  process.stdout.write(`    ${file} ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}
await harness.closeTestDevice();

for (const failure of failures) process.stdout.write(`\n${failure}`);
for (const name of skippedNames) process.stdout.write(`skipped: ${name}\n`);
if (files.length === 0) {
  process.stdout.write('no test file matches\n');
  process.exitCode = 1;
}
if (failed > 0) process.exitCode = 1;
process.stdout.write(`\n${passed} passed, ${failed} failed, ${skippedNames.length} skipped\n`);
