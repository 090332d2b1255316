/**
 * Times every op's forward: `npm run bench [-- PATTERN]`. Each is first compared with its reference loops; a wrong one gets no
 * number. Wall time of batches of runs, the wait for the GPU included, with `benchmark`'s sampling; median and spread.
 */
import Benchmark from 'benchmark';
import { Device } from '../src/device/device.js';
import type { Tensor } from '../src/tensor/tensor.js';
import { textTable } from '../src/train/table.js';
import { expectClose } from '../test/support/compare.js';
import { drawTensor, upload } from '../test/support/host.js';
import { specOf } from '../test/support/op_cases.js';
import { inputSpec } from '../test/support/op_spec.js';
import { ROWS, bytesOf, type BenchRow } from './rows.js';

/** Runs between two waits: enough that the wait does not count. */
const RUNS = 8;
const SECONDS_PER_ROW = 0.5;

interface Timing {
  /** Milliseconds of one run. */
  readonly median: number;
  readonly p20: number;
  readonly p80: number;
}

/** Runs `body` RUNS times and waits, again and again for a while. */
function time(device: Device, body: () => void): Promise<Timing> {
  return new Promise((resolve, reject) => {
    new Benchmark({
      defer: true,
      maxTime: SECONDS_PER_ROW,
      minSamples: 5,
      initCount: 1,
      fn: (deferred: { resolve: () => void }) => {
        for (let i = 0; i < RUNS; i++) device.step(body);
        device.sync().then(() => deferred.resolve(), reject);
      },
      onComplete(this: Benchmark) {
        const sample = [...this.stats.sample].map((s) => (s * 1000) / RUNS).sort((a, b) => a - b);
        const at = (q: number): number => sample[Math.min(sample.length - 1, Math.floor(q * sample.length))];
        resolve({ median: at(0.5), p20: at(0.2), p80: at(0.8) });
      },
    }).run({ async: true });
  });
}

async function measure(device: Device, row: BenchRow): Promise<string[]> {
  const spec = specOf(row.op);
  const name = `${row.op} ${row.shapes.map((s) => `(${s.join(', ')})`).join(' ')}`;
  const inputs = row.shapes.map((shape, i) => {
    const { domain } = inputSpec(spec, i);
    return drawTensor(shape, typeof domain === 'function' ? domain(row.shapes, row.args ?? null) : domain, i + 1);
  });
  const tensors = inputs.map((x, i) => upload(device, x, inputSpec(spec, i).dtype));
  const run = (): Tensor => spec.gpu(tensors, row.args ?? null);
  const y = run();
  const started = performance.now();
  const expected = spec.cpu(inputs, row.args ?? null);
  const reference = performance.now() - started;
  try {
    expectClose({ op: row.op, argument: 'y', got: await y.read(), expected: expected.data, shape: expected.shape, tolerance: spec.tolerance, pair: 'GPU with CPU', label: name });
  } catch (error) {
    return [name, 'WRONG', '', '', '', error instanceof Error ? error.message : String(error)];
  }
  const t = await time(device, () => void run());
  const rate = row.flops > 0 ? `${(row.flops / t.median / 1e6).toFixed(1)} GFLOP/s` : `${(bytesOf(row, y.shape) / t.median / 1e6).toFixed(1)} GB/s`;
  return [name, t.median.toFixed(3), t.p20.toFixed(3), t.p80.toFixed(3), rate, `${(reference / t.median).toFixed(0)}x`];
}

const patterns = process.argv.slice(2);
const device = await Device.create();
try {
  console.error(`adapter: ${device.name}`);
  const rows: string[][] = [];
  for (const row of ROWS.filter((r) => patterns.length === 0 || patterns.some((p) => r.op.includes(p)))) {
    rows.push(await measure(device, row));
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${rows[rows.length - 1][0]}`);
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  console.log(textTable(['op', 'ms', 'p20', 'p80', 'rate', 'over reference loops'], rows, ['left', 'right', 'right', 'right', 'right', 'right']));
  if (rows.some((r) => r[1] === 'WRONG')) process.exitCode = 8;
} finally {
  device.destroy();
}
