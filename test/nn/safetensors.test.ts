/** Reading and writing safetensors: other writers’ files, round trips, damage, conversions. */
import * as assert from 'uvu/assert';
import { readBytes } from '#platform';
import { ModelError, UsageError } from '../../src/device/errors.js';
import {
  encodeSafetensors,
  fromFloat32,
  parseSafetensors,
  toFloat32,
  type RawDtype,
  type RawTensor,
} from '../../src/nn/state/safetensors.js';
import { suite, testWithData } from '../support/harness.js';
import { OFFICIAL, UNALIGNED } from './safetensors_files.js';
import { F, entry, failure, file, raw } from './safetensors_bytes.js';

const test = suite('safetensors');

test('reads what other strict readers read too', () => {
  assert.equal(parseSafetensors(file('{}'), 'f'), { tensors: new Map(), metadata: {} });
  assert.equal(parseSafetensors(file('{"__metadata__":{}} \n\t '), 'f').metadata, {}); // padding with any JSON space
  const names = ['2', '10', '__proto__', 'constructor', ''];
  const entries = names.map((n, i) => `${JSON.stringify(n)}:${JSON.stringify(entry([1], [4 * i, 4 * i + 4]))}`);
  const header = `{${entries.join(',')}}`;
  assert.equal([...parseSafetensors(file(header, 20), 'f').tensors.keys()], names);
});

test('does not copy the data and may start anywhere in a buffer', () => {
  const whole = new Uint8Array(3 + 200);
  const source = file({ w: F }, Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 192));
  whole.set(source, 3);
  const w = parseSafetensors(whole.subarray(3, 3 + source.length), 'f').tensors.get('w')!;
  assert.is(w.data.buffer, whole.buffer);
  assert.equal([...toFloat32(w, 'w', 'f')], [1, -2]);
});

const numbers = (values: ArrayLike<number>): string[] =>
  Array.from(values, (v) => (Object.is(v, -0) ? '-0' : String(v)));

for (const [writer, base64] of Object.entries({ OFFICIAL, UNALIGNED })) {
  test(`reads the file of another writer: ${writer}`, () => {
    const { tensors, metadata } = parseSafetensors(new Uint8Array(Buffer.from(base64, 'base64')), writer);
    assert.equal(metadata, { note: 'ä € 𝄞' });
    assert.is(tensors.size, 8);
    const floats = (name: string): string[] => numbers(toFloat32(tensors.get(name)!, name, writer));
    assert.equal(tensors.get('conv.weight')!.shape, [2, 1, 2, 2]);
    assert.equal(floats('conv.weight'), numbers([-0.5, -0.375, -0.25, -0.125, 0, 0.125, 0.25, 0.375]));
    assert.equal(floats('half'), numbers([0, -0, 1, -2.5, 65504, 2 ** -14, 2 ** -24, Infinity, -Infinity, NaN]));
    assert.equal(floats('brain'), numbers([1, -3.140625, 3.3895313892515355e38, 9.183549615799121e-41]));
    assert.equal(floats('double'), numbers([Math.fround(Math.PI), -Infinity, 2 ** -30]));
    assert.equal(tensors.get('nothing'), raw('U8', [0, 7]));
    assert.equal(tensors.get('mask'), raw('BOOL', [3], 1, 0, 1));
    assert.equal(tensors.get('grüße "\\\n'), raw('I32', [1], 0xf9, 0xff, 0xff, 0xff));
    const steps = tensors.get('num_batches_tracked')!;
    assert.equal(steps.shape, []);
    assert.is(new DataView(steps.data.slice().buffer).getBigInt64(0, true), 123456789012n);
  });
}

test('writes the same bytes as the official writer', () => {
  const bytes = new Uint8Array(Buffer.from(OFFICIAL, 'base64'));
  const { tensors, metadata } = parseSafetensors(bytes, 'f');
  assert.equal(encodeSafetensors(tensors, metadata), bytes);
});

test('round trip of random files', () => {
  let state = 12345;
  const random = (n: number): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % n;
  const dtypes: readonly RawDtype[] = ['F32', 'F16', 'BF16', 'F64', 'U8', 'I8', 'U32', 'I32', 'I64', 'BOOL'];
  const width = [4, 2, 2, 8, 1, 1, 4, 4, 8, 1];
  for (let round = 0; round < 200; round++) {
    const tensors = new Map<string, RawTensor>();
    for (let i = random(6); i > 0; i--) {
      const kind = random(dtypes.length);
      const shape = Array.from({ length: random(4) }, () => random(5));
      const data = Uint8Array.from({ length: shape.reduce((a, b) => a * b, width[kind]!) }, () => random(256));
      tensors.set(`${'ä"\\/\u0000é𝄞7'.slice(0, 1 + random(5)).replace(/\p{Surrogate}/gu, '')}.${random(1000)}`, {
        dtype: dtypes[kind]!,
        shape,
        data,
      });
    }
    const metadata: Record<string, string> = random(2) === 0 ? {} : { step: String(random(1000)), 'quote"': 'line\n' };
    const bytes = encodeSafetensors(tensors, metadata);
    const back = parseSafetensors(bytes, 'f');
    assert.equal([...back.tensors.keys()], [...tensors.keys()]);
    assert.equal(back.tensors, tensors);
    assert.equal(back.metadata, metadata);
    assert.equal(encodeSafetensors(back.tensors, back.metadata), bytes, 'same input, same bytes');
  }
});

test('a damaged byte is refused or gives a well-formed file, never another failure', () => {
  const bytes = new Uint8Array(Buffer.from(OFFICIAL, 'base64'));
  for (let i = 0; i < bytes.length; i++) {
    for (const flip of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
      const damaged = bytes.slice();
      damaged[i]! ^= flip;
      try {
        const { tensors, metadata } = parseSafetensors(damaged, 'f');
        parseSafetensors(encodeSafetensors(tensors, metadata), 'again');
      } catch (error) {
        assert.instance(error, ModelError, `byte ${i} ^ ${flip}: ${String(error)}`);
      }
    }
  }
  for (let length = 0; length < bytes.length; length++)
    failure(() => parseSafetensors(bytes.subarray(0, length), 'f'), ModelError);
});

test('the data of a written file start at a multiple of 8, padded with spaces', () => {
  for (let n = 1; n <= 9; n++) {
    const bytes = encodeSafetensors([['x'.repeat(n), raw('U8', [1], 42)]]);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    assert.is(length % 8, 0);
    assert.is(bytes.length, 8 + length + 1);
    assert.is(bytes.at(-1), 42);
    assert.match(new TextDecoder().decode(bytes.subarray(8, 8 + length)), /\} {0,7}$/);
  }
});

test('the writer refuses what the reader would refuse', () => {
  const good = raw('U8', [1], 1);
  const bad: [string, [string, RawTensor][], Record<string, string>?][] = [
    [
      'given twice',
      [
        ['a', good],
        ['a', good],
      ],
    ],
    ['not allowed', [['__metadata__', good]]],
    ['not allowed', [['\ud800', good]]],
    ['do not fit', [['a', raw('F32', [1], 1, 2, 3)]]],
    ['do not fit', [['a', raw('U8', [-1, -1], 1)]]],
    ['do not fit', [['a', raw('U8', [0.5, 2], 1)]]],
    ['not a text', [['a', good]], { epoch: 3 } as unknown as Record<string, string>],
    ['Unicode', [['a', good]], { key: '\udc00' }],
  ];
  for (const [word, tensors, metadata] of bad)
    assert.match(failure(() => encodeSafetensors(tensors, metadata), UsageError).message, word);
  assert.match(failure(() => fromFloat32(new Float32Array(3), [2, 2]), UsageError).message, 'do not fit');
});

test('toFloat32 converts all 65,536 halves and bfloats', () => {
  const data = new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);
  const half = toFloat32({ dtype: 'F16', shape: [65536], data }, 'w', 'f');
  const brain = toFloat32({ dtype: 'BF16', shape: [65536], data }, 'w', 'f');
  const value = (bits: number, exponentBits: number, fractionBits: number): number => {
    const bias = 2 ** (exponentBits - 1) - 1;
    const sign = bits >> 15 ? -1 : 1;
    const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1);
    const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
    if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : NaN;
    return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
  };
  for (let i = 0; i < 65536; i++) {
    if (!Object.is(half[i], value(i, 5, 10)))
      assert.unreachable(`half ${i}: got ${half[i]}, expected ${value(i, 5, 10)}`);
    if (!Object.is(brain[i], value(i, 8, 7)))
      assert.unreachable(`bfloat ${i}: got ${brain[i]}, expected ${value(i, 8, 7)}`);
  }
});

test('toFloat32 copies, and refuses integers and wrong lengths', () => {
  const values = Float32Array.of(1, 2, 3);
  const tensor = fromFloat32(values, [3]);
  const copy = toFloat32(tensor, 'w', 'f');
  values[0] = 9;
  assert.equal([...copy], [1, 2, 3]);
  for (const dtype of ['U8', 'I8', 'BOOL', 'F8_E4M3'] as const) {
    assert.match(
      failure(() => toFloat32(raw(dtype, [1], 1), 'conv.w', 'f.st'), ModelError).message,
      `f.st: tensor "conv.w": dtype ${dtype}`,
    );
  }
  failure(() => toFloat32(raw('F32', [2], 0, 0, 0, 0), 'w', 'f'), ModelError);
});

testWithData(
  test,
  'SqueezeNet 1.1: every weight, and equal after writing',
  'pretrained/squeezenet1_1.safetensors',
  async (path) => {
    const bytes = await readBytes(path);
    const { tensors, metadata } = parseSafetensors(bytes, path);
    assert.is(tensors.size, 52);
    let parameters = 0;
    for (const [name, tensor] of tensors) parameters += toFloat32(tensor, name, path).length;
    assert.is(parameters, 1_235_496);
    assert.equal(tensors.get('features.0.weight')!.shape, [64, 3, 3, 3]);
    assert.is(metadata['format'], 'pt');
    const again = parseSafetensors(encodeSafetensors(tensors, metadata), 'again');
    assert.equal([...again.tensors.keys()], [...tensors.keys()]);
    assert.equal(again.metadata, metadata);
    for (const [name, { dtype, shape, data }] of again.tensors) {
      const before = tensors.get(name)!;
      assert.is(dtype, before.dtype);
      assert.equal(shape, before.shape);
      assert.is(Buffer.compare(data, before.data), 0, name);
    }
  },
);

test.run();
