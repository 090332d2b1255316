/** The processes that are compared: how they measure, end and are heard. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { readResult, runContender } from '../../bench/compare/child.js';
import { CONTENDERS, ROOT, type Contender } from '../../bench/compare/contenders.js';
import { measure, residentMb, RESULT, type Measurement } from '../../bench/compare/measure.js';
import { labelOf, uniform } from '../../bench/shared/numbers.js';
import { skipped, suite } from '../support/harness.js';

const test = suite('compare: processes');

test('measure: first step apart, losses of the first and last step, memory of this process', async () => {
  let calls = 0;
  const m = await measure(
    () => new Promise((resolve) => setTimeout(() => resolve(10 - calls++), calls === 0 ? 30 : 2)),
    20,
  );
  assert.ok(m.first_ms > 25 && m.ms < 25, `${m.first_ms} and ${m.ms}`);
  assert.ok(m.reps >= 3 && calls === m.reps + 3, `${m.reps} of ${calls}`);
  assert.equal([m.loss_first, m.loss_last], [10, 11 - calls]);
  assert.ok(m.rss_mb >= m.idle_rss_mb && m.idle_rss_mb > 20);
  assert.ok(residentMb('VmHWM') < 1 << 20);
});

test('a step slower than the budget is not repeated for ever', async () => {
  let calls = 0;
  const m = await measure(() => new Promise((resolve) => setTimeout(() => resolve(null), calls++ < 1 ? 1 : 30)), 5);
  assert.is(m.reps, 1);
  assert.is('loss_first' in m, false);
});

test('the result is the last line that says so; anything else is a failure that keeps what was said', () => {
  assert.equal(readResult(`noise\n${RESULT}{"ms":1}\n${RESULT}{"ms":2}\nmore`, '', ''), { ms: 2 });
  assert.equal(readResult('', 'a\nb\nc\nd\n', 'exit code 1'), { error: 'exit code 1: b c d' });
  assert.equal(readResult('', '', 'ended after 3 s'), { error: 'ended after 3 s' });
  assert.match((readResult(`${RESULT}{`, '', '') as { error: string }).error, /unreadable/);
});

const program = (code: string): Contender => ({
  name: 'weft',
  kind: 'weft',
  needsPeers: false,
  command: [process.execPath, '-e', code, '--'],
});

test('a process: its arguments, its end, its hanging', async () => {
  const ok = program(`console.log('${RESULT}' + JSON.stringify({ args: process.argv.slice(1) }))`);
  assert.equal(await runContender(ok, 'cnn', 50, 20), { args: ['cnn', '50'] } as never);
  assert.equal(await runContender(program('process.exit(3)'), 'cnn', 50, 20), { error: 'exit code 3' });
  assert.equal(await runContender(program('setInterval(() => {}, 1000)'), 'cnn', 50, 1), { error: 'ended after 1 s' });
  const missing = await runContender({ ...ok, command: [join(ROOT, 'no-such-program')] }, 'cnn', 50, 1);
  assert.match((missing as { error: string }).error, /ENOENT/);
});

test('Weft as a contender trains', async () => {
  const result = await runContender(CONTENDERS[0], 'lenet5', 50, 120);
  assert.not('error' in result, JSON.stringify(result));
  const { ms, loss_first = 0, loss_last = 9, adapter } = result as Measurement;
  assert.ok(ms > 0 && loss_first > 2 && loss_last < loss_first && adapter !== undefined, JSON.stringify(result));
});

test('bench/peers asks for the numbers of this project, and the waiting that it changes still runs what it is given', () => {
  assert.equal(
    [...uniform(2, 7)].map((v) => v.toFixed(6)),
    ['-0.261219', '0.413493'],
  );
  assert.equal([0, 1, 2].map(labelOf), [3, 0, 7]);
  const code =
    'let n = 0; const go = (step) => { n += step; if (n < 20) setImmediate(go, step); else console.log(n); }; ' +
    'setImmediate(go, 2)';
  const started = performance.now();
  const { stdout } = spawnSync(process.execPath, ['-r', join(ROOT, 'bench/peers/polite.cjs'), '-e', code], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.is(stdout.trim(), '20');
  assert.ok(performance.now() - started < 20_000);
});

if (!existsSync(join(ROOT, 'bench/peers/node_modules/.package-lock.json')))
  skipped.push('compare: the other libraries (bench/peers is not installed; npm run compare does so)');
else {
  for (const name of ['tfjs-wasm', 'jaxjs-wasm', 'tfjs-webgpu-polite', 'jaxjs-webgpu-polite']) {
    test(`${name} multiplies`, async () => {
      const result = await runContender(CONTENDERS.find((c) => c.name === name) as Contender, 'matmul512', 20, 120);
      assert.ok('ms' in result && result.ms > 0 && result.version !== undefined, JSON.stringify(result));
    });
  }
}

test.run();
