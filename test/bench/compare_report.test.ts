/** What is made of a comparison’s outcomes: rows, ratios, remarks, tables. */
import * as assert from 'uvu/assert';
import { median, type Measurement } from '../../bench/compare/measure.js';
import { comparisonTable, csv, json, summary } from '../../bench/compare/report.js';
import { makeRow, remarks, type Outcome } from '../../bench/compare/rows.js';
import { suite } from '../support/harness.js';

const test = suite('compare: report');

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

test.run();
