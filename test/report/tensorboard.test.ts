/** Event files for TensorBoard, read back by a small decoder, and by TensorBoard's own reader where it is installed. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { encodePng } from '../../src/data/pictures/png.js';
import { crc32c, masked, record, recordsOf, stepOf } from '../../src/report/tensorboard/records.js';
import { RunEvents } from '../../src/report/tensorboard/run_events.js';
import { skipped, suite } from '../support/harness.js';

const test = suite('tensorboard');

const folder = mkdtempSync(join(tmpdir(), 'weft-events-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const FILE = join(folder, 'events.out.tfevents.weft');

type Field = number | Buffer;

/** Fields of a message by their numbers, in order. */
function decoded(bytes: Uint8Array): Map<number, Field[]> {
  const view = Buffer.from(bytes);
  const fields = new Map<number, Field[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = view[at++] ?? 0;
      value += (byte % 128) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < view.length) {
    const key = varint();
    const kind = key % 8;
    let value: Field;
    if (kind === 0) value = varint();
    else if (kind === 1) value = view.readDoubleLE((at += 8) - 8);
    else if (kind === 5) value = view.readFloatLE((at += 4) - 4);
    else {
      const length = varint();
      value = view.subarray(at, (at += length));
    }
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value]);
  }
  return fields;
}

interface Read {
  readonly step: number;
  readonly tag: string;
  readonly value: Map<number, Field[]>;
}

function valuesOf(file: string): Read[] {
  return recordsOf(readFileSync(file)).flatMap((event) => {
    const fields = decoded(event);
    const [step] = (fields.get(2) ?? [0]) as number[];
    assert.is(stepOf(event), step);
    const [summary] = (fields.get(5) ?? []) as Buffer[];
    if (summary === undefined) return [];
    return ((decoded(summary).get(1) ?? []) as Buffer[]).map((bytes) => {
      const value = decoded(bytes);
      return { step, tag: String(value.get(1)?.[0]), value };
    });
  });
}

const report = (epoch: number, step: number, loss: number) => ({
  ...{ epoch, step, steps: 10, loss, accuracy: 0.5, lr: 0.01, imagesPerSecond: 100, eta: 1 },
});
const metrics = (epoch: number) => ({
  ...{ epoch, trainLoss: 1 / epoch, trainAccuracy: 0.5, valLoss: 2 / epoch, valAccuracy: null, lr: 0.01, seconds: 1 },
});
const PICTURE = encodePng(new Uint8Array(6 * 4 * 3), 6, 4);

/** Two epochs; the second is broken off by a kill and done again. */
async function written(): Promise<void> {
  const first = new RunEvents(FILE, { model: 'mlp', lr: 0.01, weird: '|<b>' }, null);
  first.step(report(1, 4, 3));
  first.step(report(1, 10, 2));
  first.epoch(metrics(1));
  first.step(report(2, 6, 1));
  await first.written();
  appendFileSync(FILE, Buffer.from([9, 0, 0, 0])); // what a killed process had begun
  const second = new RunEvents(FILE, {}, { epoch: 1, step: 0 });
  second.step(report(2, 10, 0.5));
  second.epoch(metrics(2));
  second.end(2, [['curves', PICTURE]]);
  await second.written();
}

const EXPECTED: Readonly<Record<string, readonly (readonly [step: number, value: number])[]>> = {
  'steps/loss': [
    [4, 3],
    [10, (10 * 2 - 4 * 3) / 6],
    [20, 0.5],
  ],
  'loss/train': [
    [10, 1],
    [20, 0.5],
  ],
  'loss/validation': [
    [10, 2],
    [20, 1],
  ],
};

test('CRC-32C and its mask are those of RFC 3720 and of TFRecord', () => {
  assert.is(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.is(crc32c(new TextEncoder().encode('123456789')), 0xe3069283);
  assert.is(masked(0), 0xa282ead8);
  const [good, bad] = [record(Uint8Array.of(1, 2, 3)), record(Uint8Array.of(4))];
  bad[12] ^= 1;
  assert.equal(
    recordsOf(Buffer.concat([good, good, bad, good])).map((data) => [...data]),
    [
      [1, 2, 3],
      [1, 2, 3],
    ],
  );
});

test('a run that was killed and gone on with has every step once', async () => {
  await written();
  const all = valuesOf(FILE);
  for (const [tag, expected] of Object.entries(EXPECTED)) {
    const found = all.filter((v) => v.tag === tag).map(({ step, value }) => [step, value.get(2)?.[0] as number]);
    assert.equal(
      found.map(([step]) => step),
      expected.map(([step]) => step),
      tag,
    );
    for (const [i, [, value]] of found.entries()) assert.ok(Math.abs(value - expected[i][1]) < 1e-6, tag);
  }
  assert.not.ok(
    all.some((v) => v.tag === 'accuracy/validation'),
    'there is none',
  );
  const image = decoded(all.find((v) => v.tag === 'curves')?.value.get(4)?.[0] as Buffer);
  assert.equal([image.get(1), image.get(2), image.get(4)?.[0]], [[4], [6], Buffer.from(PICTURE)]);
  const text = decoded(all.find((v) => v.tag === 'settings')?.value.get(8)?.[0] as Buffer).get(8)?.[0];
  assert.match(String(text), '| weird | \\|&lt;b&gt; |');
});

const PYTHON = process.env['WEFT_TENSORBOARD_PYTHON'] ?? 'python3';
const isThere = (): boolean => spawnSync(PYTHON, ['-c', 'import tensorboard']).status === 0;
const NAME = 'TensorBoard’s own reader finds the same';

if (!isThere()) skipped.push(`${NAME} (no Python with tensorboard; WEFT_TENSORBOARD_PYTHON names one)`);
else
  test(NAME, () => {
    const script = fileURLToPath(new URL('../../../test/golden/read_tensorboard.py', import.meta.url));
    const { status, stdout, stderr } = spawnSync(PYTHON, [script, folder], { encoding: 'utf8' });
    assert.is(status, 0, stderr);
    const read = JSON.parse(stdout) as {
      scalars: Record<string, [number, number][]>;
      images: Record<string, [number, number, number][]>;
      texts: Record<string, string[]>;
    };
    for (const [tag, expected] of Object.entries(EXPECTED))
      for (const [i, [step, value]] of expected.entries()) {
        assert.is(read.scalars[tag][i][0], step);
        assert.ok(Math.abs(read.scalars[tag][i][1] - value) < 1e-6);
      }
    assert.equal(read.images['curves'], [[20, 6, 4]]);
    assert.match(read.texts['settings'][0], '| model | mlp |');
  });

test.run();
