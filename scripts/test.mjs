/**
 * Runs the tests: `node scripts/test.mjs [--swiftshader] [--gpu-members] [PATTERN…]`, or with `--op NAME[,NAME]` what
 * proves these ops (seconds), or with `--browser` those of the page in Chromium (`--firefox`: in Firefox), with
 * `--scale` those that start MPI, queues and schedulers, or with `--soak` the long one of test/endurance. `--thorough`
 * tries every member of a family on every problem of its tests, which else share them out (test/support/covering.ts).
 * `--gpu-members` tells the adapter that it is a GPU: what GPUs run by default, with numbers that are asked for.
 * `--pipelines FOLDER` writes down each pipeline that the tests make, for `npm run verdict -- --compile`.
 * Needs what setup.mjs prepares. The last line is the runner's: `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { browserPath } from './lib/browsers.mjs';
import { ROOT, vulkanEnvironment } from './lib/host.mjs';
import { swiftshaderEnvironment } from './lib/swiftshader.mjs';

const isSoak = process.argv.includes('--soak');
const RUNNER = join(ROOT, 'dist', 'test', ...(isSoak ? ['endurance', 'soak.js'] : ['run.js']));

function fail(message, exitCode = 1) {
  process.stderr.write(`test: ${message}\n`);
  process.exit(exitCode);
}

const onSwiftshader = process.argv.includes('--swiftshader');
const driver = onSwiftshader ? swiftshaderEnvironment() : {};
if (driver === null) fail('SwiftShader is not set up. Run: node scripts/setup.mjs --swiftshader', 4);
if (!existsSync(RUNNER)) fail('the tests are not built. Run: node scripts/setup.mjs');

// The tests that walk the cases of ops, for some ops alone: complete, against the reference, against PyTorch.
const OP_TESTS = ['autograd/complete', 'autograd/ops', 'autograd/torch', 'kernels/references', 'kernels/edges'];
const at = process.argv.indexOf('--op');
const ops = at < 0 ? {} : { WEFT_OPS: process.argv[at + 1] ?? '' };
if (at >= 0) process.argv.splice(at, 2, ...OP_TESTS);

const pretence = process.argv.includes('--gpu-members') ? { WEFT_PRETEND: 'gpu' } : {};

const thorough = process.argv.includes('--thorough') ? { WEFT_THOROUGH: '1' } : {};

const noted = process.argv.indexOf('--pipelines');
const recording = noted < 0 ? {} : recordingTo(process.argv[noted + 1]);
if (noted >= 0) process.argv.splice(noted, 2);

/** The environment of processes that write down the pipelines that they make. */
function recordingTo(folder) {
  if (folder === undefined || folder.startsWith('-')) fail('--pipelines takes a folder', 2);
  const hook = pathToFileURL(join(ROOT, 'scripts', 'lib', 'record_pipelines.mjs'));
  const options = [process.env.NODE_OPTIONS, `--import=${hook}`].filter(Boolean).join(' ');
  return { WEFT_PIPELINES: resolve(folder), NODE_OPTIONS: options };
}

/** What is not the runner's to read. */
const OURS = ['--swiftshader', '--soak', '--gpu-members', '--thorough', '--firefox'];

/** The one that test/browser/browsers.ts starts. */
const inFirefox = process.argv.includes('--firefox');
const browser = process.argv.includes('--browser')
  ? {
      WEFT_TEST_BROWSER: inFirefox ? 'firefox' : 'chromium',
      WEFT_TEST_BROWSER_PATH: browserPath(inFirefox ? 'firefox' : 'chromium') ?? '',
    }
  : {};
const child = spawn(
  process.execPath,
  [RUNNER, ...process.argv.slice(2).filter((argument) => !OURS.includes(argument))],
  {
    cwd: ROOT,
    stdio: 'inherit',
    // recycled buffers are filled with NaN, so that stale data shows
    env: vulkanEnvironment({
      ...(isSoak ? {} : { WEFT_POISON: '1' }),
      ...thorough,
      ...browser,
      ...driver,
      ...ops,
      ...pretence,
      ...recording,
    }),
  },
);
// A signal to this process is meant for the tests; wait for their end, so that they are never left behind.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => fail(`the tests could not be started: ${error.message}`));
child.on('exit', (code, signal) => {
  if (signal !== null)
    fail(`the tests were ended by ${signal}; not all of them ran.`, 128 + (constants.signals[signal] ?? 0));
  process.exit(code);
});
