/**
 * `npm run test:soak [-- --minutes N]`: trains over and over in one process, each time a fresh network that is stopped,
 * resumed from its checkpoint and evaluated, and watches what must not grow. 20 minutes unless said otherwise.
 *
 * Each model has one seed, so every round must also end with the same weights, bit for bit.
 *
 * The rule: the first fifth of the time, and at least four rounds, is warm-up. From then on, measured after every
 * round,
 *   - the GPU's bytes and the open descriptors are never more than at the end of the warm-up;
 *   - the median resident memory of the last quarter of the rounds is at most 16 MB, or 3 %, above
 *     that of the first quarter.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import { Device } from '../../src/device/device.js';
import { contentDigest } from '../../src/device/files/integrity.js';
import { InterruptedError } from '../../src/device/errors.js';
import { readCheckpoint, type Checkpoint } from '../../src/train/checkpoint/checkpoint.js';
import type { TrainConfig } from '../../src/train/config.js';
import { evaluateCheckpoint } from '../../src/inference/evaluate_checkpoint.js';
import { train } from '../../src/train/trainer.js';

const CONFIG: TrainConfig = {
  data: 'synthetic',
  model: 'cnn',
  epochs: 2,
  batch: 32,
  optimizer: 'adam',
  lr: 1e-3,
  momentum: 0.9,
  nesterov: false,
  weightDecay: 1e-4,
  valSplit: 0.1,
  seed: 0,
  augment: 'flip',
  ema: 0.99,
  clipNorm: 1,
};
const DATA = syntheticGarments({ train: 480, test: 100, seed: 1 });
/** By turns: one without and one with running statistics. */
const MODELS = ['cnn', 'fashionnet'] as const;
const LEAST_WARM_UP = 4;
const ROW_SECONDS = 30;
const MEGABYTE = 1e6;

/** What one round leaves behind. */
interface Sample {
  readonly seconds: number;
  readonly rounds: number;
  /** Bytes. */
  readonly resident: number;
  readonly gpu: number;
  /** null where the system does not tell. */
  readonly descriptors: number | null;
  readonly accuracy: number;
  /** Digest of the best checkpoint's weights. */
  readonly weights: string;
}

function openDescriptors(): number | null {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return null;
  }
}

/** Trains a network, stopped in its first epoch and resumed, and measures its best checkpoint on the test images. */
async function trainOnce(device: Device, model: string): Promise<Pick<Sample, 'accuracy' | 'weights'>> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-soak-'));
  try {
    const files = { last: join(folder, 'last.safetensors'), best: join(folder, 'best.safetensors') };
    let resume: Checkpoint | null = null;
    for (const stop of [5, Infinity]) {
      let steps = 0;
      try {
        await train(
          device,
          { ...CONFIG, model },
          DATA.train,
          files,
          { test: DATA.test, interrupted: () => (steps++ === stop ? 130 : null) },
          resume,
        );
      } catch (error) {
        if (!(error instanceof InterruptedError)) throw error;
        resume = await readCheckpoint(files.last);
      }
    }
    const best = await readCheckpoint(files.best);
    return {
      accuracy: (await evaluateCheckpoint(device, best, DATA.test ?? DATA.train)).accuracy,
      weights: contentDigest(best.tensors, {}),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const megabytes = (bytes: number): string => (bytes / MEGABYTE).toFixed(1);

function row({ seconds, rounds, resident, gpu, descriptors, accuracy }: Sample): string {
  return [
    seconds.toFixed(0),
    rounds,
    megabytes(resident),
    megabytes(gpu),
    descriptors ?? '-',
    (100 * accuracy).toFixed(0),
  ]
    .map((v) => String(v).padStart(10))
    .join('');
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function minutesAsked(argv: readonly string[]): number {
  const at = argv.indexOf('--minutes');
  const minutes = at < 0 ? 20 : Number(argv[at + 1]);
  if (!(minutes > 0)) throw new Error('--minutes takes a number above 0');
  return minutes;
}

async function soak(seconds: number): Promise<Sample[]> {
  const device = await Device.create();
  const samples: Sample[] = [];
  const began = performance.now();
  let shown = -Infinity;
  try {
    const headers = ['seconds', 'rounds', 'MB', 'GPU MB', 'open', 'test %'];
    process.stdout.write(`${device.name}\n${headers.map((v) => v.padStart(10)).join('')}\n`);
    for (let now = 0; now < seconds || samples.length < 4 * LEAST_WARM_UP;) {
      const outcome = await trainOnce(device, MODELS[samples.length % MODELS.length]);
      now = (performance.now() - began) / 1000;
      samples.push({
        seconds: now,
        rounds: samples.length + 1,
        resident: process.memoryUsage().rss,
        gpu: device.statistics().bytes,
        descriptors: openDescriptors(),
        ...outcome,
      });
      if (now - shown < ROW_SECONDS && now < seconds) continue;
      shown = now;
      process.stdout.write(`${row(samples[samples.length - 1])}\n`);
    }
    return samples;
  } finally {
    device.destroy();
  }
}

/** [what it says, whether it holds; null: cannot be told here]. */
function judge(samples: readonly Sample[], seconds: number): [string, boolean | null][] {
  const start =
    Math.max(
      LEAST_WARM_UP,
      samples.findIndex((s) => s.seconds >= seconds / 5),
    ) - 1;
  const [base, after] = [samples[start], samples.slice(start)];
  const quarter = Math.max(1, Math.floor(after.length / 4));
  const [first, last] = [after.slice(0, quarter), after.slice(-quarter)].map((part) =>
    median(part.map((s) => s.resident)),
  );
  const most = (of: (s: Sample) => number): number => after.reduce((m, s) => Math.max(m, of(s)), -Infinity);
  const { descriptors } = base;
  const outcomes = new Set(samples.map((s) => s.weights)).size;
  return [
    [
      `resident memory: median ${megabytes(first)} MB after the warm-up of ${start + 1} rounds, ` +
        `${megabytes(last)} MB at the end`,
      last - first <= Math.max(16 * MEGABYTE, 0.03 * first),
    ],
    [`GPU bytes: ${base.gpu} after the warm-up, at most ${most((s) => s.gpu)} since`, most((s) => s.gpu) <= base.gpu],
    descriptors === null
      ? ['descriptors: this system does not tell', null]
      : [
          `descriptors: ${descriptors} after the warm-up, at most ${most((s) => s.descriptors ?? 0)} since`,
          most((s) => s.descriptors ?? 0) <= descriptors,
        ],
    [
      `results: ${samples.length} rounds of ${MODELS.length} models ended with ${outcomes} different weights`,
      outcomes === MODELS.length,
    ],
  ];
}

const asked = 60 * minutesAsked(process.argv);
const results = judge(await soak(asked), asked);
for (const [says, holds] of results)
  process.stdout.write(`${holds === null ? 'skipped' : holds ? 'passed' : 'FAILED'}: ${says}\n`);
const count = (wanted: boolean | null): number => results.filter(([, holds]) => holds === wanted).length;
if (count(false) > 0) process.exitCode = 1;
process.stdout.write(`\n${count(true)} passed, ${count(false)} failed, ${count(null)} skipped\n`);
