/**
 * `npm run compare` without the libraries that it compares with: its arguments, its arithmetic, its tables, its
 * processes.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { readResult, runContender } from '../../bench/compare/child.js';
import { CONTENDERS, DEFAULT_CONTENDERS, ROOT, type Contender } from '../../bench/compare/contenders.js';
import { measure, median, residentMb, RESULT, type Measurement } from '../../bench/compare/measure.js';
import { labelOf, uniform } from '../../bench/numbers.js';
import { parseOptions, usage } from '../../bench/compare/options.js';
import { comparisonTable, csv, json, summary } from '../../bench/compare/report.js';
import { makeRow, remarks, type Outcome } from '../../bench/compare/rows.js';
import { WORKLOADS } from '../../bench/workloads.js';
import { skipped, suite } from '../support/harness.js';

const test = suite('compare');

const NAMES = ['cnn', 'lstm', 'matmul512'];
const parse = (...argv: string[]): ReturnType<typeof parseOptions> => parseOptions(argv, NAMES);

/** A measurement of so many milliseconds. */
const took = (ms: number, more: Partial<Measurement> = {}): Measurement => ({
  ms,
  min_ms: ms,
  reps: 9,
  first_ms: 10 * ms,
  rss_mb: 200,
  idle_rss_mb: 150,
  ...more,
});
const outcome = (contender: string, result: Outcome['result'], workload = 'cnn'): Outcome => ({
  workload,
  contender,
  result,
});

/** Two rounds; tfjs has no wasm kernel, the polite jax-js is the fastest peer. */
const ROUNDS: readonly Outcome[] = [
  outcome('weft', took(20, { rss_mb: 240, first_ms: 300, loss_first: 2.3, loss_last: 2.1, adapter: 'gpu' })),
  outcome('tfjs-webgpu', took(400)),
  outcome('jaxjs-webgpu', took(100)),
  outcome('jaxjs-webgpu-polite', took(60, { rss_mb: 390, first_ms: 9000 })),
  outcome('tfjs-wasm', { error: 'no kernel' }),
  outcome('jaxjs-wasm', took(500)),
  outcome('weft', took(22, { rss_mb: 230, first_ms: 200, loss_first: 2.3, loss_last: 2.0, adapter: 'gpu' })),
  outcome('tfjs-webgpu', took(404)),
  outcome('jaxjs-webgpu', took(104)),
  outcome('jaxjs-webgpu-polite', took(66, { rss_mb: 280, first_ms: 900 })),
  outcome('jaxjs-wasm', took(504)),
  outcome('weft', took(1), 'lstm'),
];

test('without arguments: everything but PyTorch, two rounds, no files', () => {
  assert.equal(parse(), {
    workloads: NAMES,
    contenders: DEFAULT_CONTENDERS,
    rounds: 2,
    budget: 2000,
    timeout: 150,
    json: null,
    csv: null,
  });
  assert.is(DEFAULT_CONTENDERS.includes('torch'), false);
});

test('arguments choose; lists come in the order of the table, each name once', () => {
  const o = parse(
    '--workloads',
    'matmul512,cnn,cnn',
    '--contenders=torch,weft',
    '--rounds',
    '3',
    '--budget-ms=50',
    '--timeout',
    '7',
    '--csv',
    'out.csv',
    '--json',
  );
  assert.equal(o, {
    workloads: ['cnn', 'matmul512'],
    contenders: ['weft', 'torch'],
    rounds: 3,
    budget: 50,
    timeout: 7,
    json: '-',
    csv: 'out.csv',
  });
  assert.is(parse('--json', '--rounds', '1').json, '-');
  assert.is(parse('--json', 'rows.json').json, 'rows.json');
});

test('wrong arguments are refused with what is right', () => {
  const cases: [string[], RegExp][] = [
    [['--workload', 'cnn'], /unknown option --workload/],
    [['cnn'], /cnn is not an option/],
    [['--workloads', 'cnm'], /there is no "cnm"/],
    [['--contenders', 'jax-js'], /there is no "jax-js"/],
    [['--rounds', '0'], /--rounds "0" is not a whole number of at least 1/],
    [['--budget-ms', 'long'], /--budget-ms "long"/],
    [['--rounds'], /--rounds needs a value/],
    [['--rounds', '1', '--rounds', '2'], /given twice/],
    [['--json', '--csv'], /cannot both go to stdout/],
    [['--json='], /--json needs a file/],
  ];
  for (const [argv, message] of cases)
    assert.throws(
      () => parse(...argv),
      (e: Error & { exitCode?: number }) => message.test(e.message) && e.exitCode === 2,
      argv.join(' '),
    );
  try {
    parse('--workloads', 'cnm');
  } catch (error) {
    assert.match((error as { fix?: string }).fix ?? '', /did you mean cnn/);
  }
});

test('the help names every workload and contender', () => {
  const text = usage(WORKLOADS.map((w) => w.name));
  for (const { name } of [...WORKLOADS, ...CONTENDERS]) assert.ok(text.includes(name), name);
});

test('a row: medians over rounds, the fastest peer of each kind, ratios above 1 where Weft is ahead', () => {
  const row = makeRow('cnn', ROUNDS, [1.99, 2]);
  assert.is(row.weft_ms, 21);
  assert.equal([row.best_webgpu_peer, row.best_webgpu_peer_ms, row.webgpu_ratio], ['jaxjs-webgpu-polite', 63, 3]);
  assert.equal([row.best_wasm_peer, row.best_wasm_peer_ms, row.wasm_ratio], ['jaxjs-wasm', 502, 23.9]);
  assert.equal([row.torch_ms, row.torch_ratio], [null, null]);
  assert.equal(row.contenders['weft'].rounds_ms, [20, 22]);
  assert.is(row.adapter, 'gpu');
  assert.equal(row.effective_cores, [1.99, 2]);
});

test('memory and the first step are the least of the rounds, of the peer that was fastest', () => {
  const row = makeRow('cnn', ROUNDS, []);
  assert.equal([row.weft_rss_mb, row.best_webgpu_peer_rss_mb, row.rss_ratio], [230, 280, 1.217]);
  assert.equal([row.weft_first_ms, row.best_webgpu_peer_first_ms], [200, 900]);
});

test('a contender that failed in any round has no time; without Weft there are no ratios', () => {
  const row = makeRow(
    'cnn',
    [outcome('jaxjs-webgpu', took(5)), outcome('jaxjs-webgpu', { error: 'lost' }), outcome('tfjs-webgpu', took(50))],
    [],
  );
  assert.equal([row.best_webgpu_peer, row.weft_ms, row.webgpu_ratio, row.rss_ratio], ['tfjs-webgpu', null, null, null]);
  assert.is(row.contenders['jaxjs-webgpu'].error, 'lost');
  assert.is(makeRow('lstm', ROUNDS, []).best_webgpu_peer_ms, null);
});

test('remarks: failures, losses that rise or start far apart, a busy machine', () => {
  assert.equal(remarks(makeRow('cnn', ROUNDS, [2])), ['cnn: tfjs-wasm failed: no kernel']);
  const rising = makeRow(
    'cnn',
    [
      outcome('weft', took(1, { loss_first: 2, loss_last: 3 })),
      outcome('tfjs-webgpu', took(1, { loss_first: 900, loss_last: 1 })),
    ],
    [2, 1.2],
  );
  assert.equal(remarks(rising), [
    'cnn: the loss of weft did not fall (2 to 3)',
    'cnn: the first losses of weft (2) and tfjs-webgpu (900) are far apart',
    'cnn: the host was busy before 1 of 2 rounds (two threads got the throughput of 1.20); measure again on a ' +
      'quiet one',
  ]);
  assert.is(
    remarks(makeRow('cnn', [outcome('weft', took(1, { loss_first: 2, loss_last: Number.NaN }))], [])).length,
    1,
  );
});

test('the table has a line per row and a dash where nothing was measured', () => {
  const rows = [makeRow('cnn', ROUNDS, []), makeRow('lstm', ROUNDS, [])];
  const [head, , cnn, lstm] = comparisonTable(rows).split('\n');
  assert.match(
    head,
    /^workload +Weft ms +WebGPU peer +ms +ratio +wasm peer +ms +ratio +Weft MiB +peer MiB +first ms +peer first$/,
  );
  assert.match(cnn, /^cnn +21\.0 +jaxjs-webgpu-polite +63\.0 +3\.00x +jaxjs-wasm +502 +23\.9x +230 +280 +200 +900$/);
  assert.match(lstm, /^lstm +1\.00 +- +- +- +- +- +- +200 +- +10\.0 +-$/);
  const withTorch = [makeRow('cnn', [...ROUNDS, outcome('torch', took(10.5))], [])];
  assert.match(comparisonTable(withTorch), /torch ms +ratio/);
  assert.is(withTorch[0].torch_ratio, 0.5);
});

test('PyTorch’s ratio never stands without its BLAS: a slow or unknown one is said beside it', () => {
  for (const [told, is, suffix, remark] of [
    [{ blas: 'mkl', blas_gflops: 60 }, true, /0\.50x +\d/, null],
    [
      { blas: 'reference BLAS libblas.so.3.11.0', blas_gflops: 1.8 },
      false,
      /0\.50x \(slow BLAS\)/,
      /reference BLAS libblas\.so\.3\.11\.0 at 1\.8 GFLOP\/s a thread\): its ratio says nothing/,
    ],
    [{ blas: 'open libopenblas.so', blas_gflops: 2 }, false, /0\.50x \(slow BLAS\)/, /slow BLAS \(open libopenblas/],
    [{}, null, /0\.50x \(BLAS unknown\)/, null],
  ] as const) {
    const row = makeRow('cnn', [...ROUNDS, outcome('torch', took(10.5, told))], [2]);
    assert.is(row.torch_blas_is_tuned, is);
    assert.match(comparisonTable([row]), suffix);
    const said = remarks(row).filter((r) => r.includes('BLAS'));
    if (remark === null) assert.equal(said, []);
    else assert.match(said.join(), remark);
  }
});

test('the line below names the worst row', () => {
  const slow = makeRow(
    'lstm',
    [outcome('weft', took(40), 'lstm'), outcome('tfjs-webgpu', took(60, { rss_mb: 150 }), 'lstm')],
    [],
  );
  const line = summary([makeRow('cnn', ROUNDS, []), slow]);
  assert.match(
    line,
    /best WebGPU peer 1\.5x \(lstm\); against the best wasm peer 23\.9x \(cnn\); memory .* 0\.75x \(lstm\)/,
  );
  assert.is(summary([makeRow('lstm', ROUNDS, [])]), '');
});

test('CSV and JSON hold the same figures', () => {
  const rows = [makeRow('cnn', ROUNDS, [2]), makeRow('lstm', ROUNDS, [])];
  const [header, ...lines] = csv(rows)
    .trimEnd()
    .split('\n')
    .map((l) => l.split(','));
  const parsed = JSON.parse(json(rows)) as Record<string, unknown>[];
  assert.is(parsed.length, 2);
  for (const [i, line] of lines.entries()) {
    assert.is(line.length, header.length);
    for (const [c, name] of header.entries()) assert.is(line[c], String(parsed[i][name] ?? ''), name);
  }
  for (const key of ['workload', 'weft_ms', 'best_webgpu_peer_ms']) assert.ok(header.includes(key), key);
});

test('a median of an even number is the mean of the two in the middle', () => {
  assert.equal([median([3, 1, 2]), median([4, 1, 3, 2]), median([7])], [2, 2.5, 7]);
});

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
