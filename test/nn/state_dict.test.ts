/**
 * Loading by name as other programs save: wrapped keys, counters of any kind, keys too many or too few, numbers that
 * are not finite.
 */
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/device/errors.js';
import * as nn from '../../src/nn/index.js';
import { encodeSafetensors, fromFloat32, parseSafetensors, type RawTensor } from '../../src/nn/state/safetensors.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('state dict');

const build = (): nn.Sequential => new nn.Sequential(new nn.Linear(3, 2), new nn.BatchNorm1d(2));
const COUNTER = '1.num_batches_tracked';

/** A state of `build`, all of it 0.5 and the counter 7. */
async function sound(): Promise<Map<string, RawTensor>> {
  const state = await build()
    .to(await testDevice())
    .stateDict();
  for (const [key, raw] of state)
    state.set(
      key,
      key === COUNTER ? int64(7n) : fromFloat32(new Float32Array(raw.data.length / 4).fill(0.5), raw.shape),
    );
  return state;
}

const int64 = (value: bigint): RawTensor => ({
  dtype: 'I64',
  shape: [],
  data: new Uint8Array(BigInt64Array.of(value).buffer),
});
const stored = (
  dtype: RawTensor['dtype'],
  view: ArrayBufferView<ArrayBuffer>,
  shape: readonly number[],
): RawTensor => ({ dtype, shape, data: new Uint8Array(view.buffer) });

test('what wrappers put before every key is taken off, and only that', async () => {
  const device = await testDevice();
  const state = await sound();
  const named = (name: (key: string) => string): Map<string, RawTensor> =>
    new Map([...state].map(([key, raw]) => [name(key), raw]));
  for (const prefix of ['module.', '_orig_mod.', 'model.', 'module._orig_mod.', 'model.module.']) {
    const model = build().to(device);
    assert.equal(model.loadStateDict(named((key) => prefix + key)), { missing: [], unexpected: [], prefix });
    assert.equal(encodeSafetensors(await model.stateDict()), encodeSafetensors(state));
  }
  const averaged = named((key) => `module.${key}`).set('n_averaged', int64(3n));
  assert.equal(nn.loadStateDict(build().to(device), averaged, { strict: false }), {
    missing: [],
    unexpected: ['n_averaged'],
    prefix: 'module.',
  });
  assert.throws(
    () =>
      build()
        .to(device)
        .loadStateDict(named((key) => (key === COUNTER ? key : `module.${key}`))),
    /missing 0\.weight.*unexpected module\.0\.weight/,
  );
  class Wrapping extends nn.Module {
    readonly model = build();
    forward(x: Parameters<nn.Sequential['forward']>[0]): ReturnType<nn.Sequential['forward']> {
      return this.model.forward(x);
    }
  }
  assert.is(
    new Wrapping().to(device).loadStateDict(named((key) => `model.${key}`)).prefix,
    '',
    'the model’s own name stays',
  );
  assert.is(new Wrapping().to(device).loadStateDict(named((key) => `module.model.${key}`)).prefix, 'module.');
});

test('a counter is read whatever it is stored as, and begins at 0 where there is none', async () => {
  const device = await testDevice();
  const cases: readonly (readonly [RawTensor | null, number])[] = [
    [null, 0],
    [int64(7n), 7],
    [int64(2n ** 32n - 1n), 2 ** 32 - 1],
    [int64(2n ** 32n), 2 ** 32 - 1],
    [int64(2n ** 62n), 2 ** 32 - 1],
    [int64(0n), 0],
    [stored('F32', Float32Array.of(12), []), 12],
    [stored('F64', Float64Array.of(2 ** 40), []), 2 ** 32 - 1],
    [stored('I32', Int32Array.of(5), []), 5],
    [stored('U16', Uint16Array.of(9), [1]), 9],
  ];
  for (const [raw, expected] of cases) {
    const state = await sound();
    if (raw === null) state.delete(COUNTER);
    else state.set(COUNTER, raw);
    const model = build().to(device);
    assert.equal(model.loadStateDict(state), { missing: [], unexpected: [], prefix: '' });
    assert.is((await [...model.namedBuffers()].find(([key]) => key === COUNTER)?.[1].value.read())?.[0], expected);
  }
  for (const bad of [Float32Array.of(1.5), Float32Array.of(-1), Float32Array.of(NaN)]) {
    assert.throws(
      () =>
        build()
          .to(device)
          .loadStateDict(new Map([[COUNTER, stored('F32', bad, [])]]), { strict: false, allowNonFinite: true }),
      /is no count/,
    );
  }
});

test('strict: false says what was missing and unexpected; another shape is an error all the same', async () => {
  const device = await testDevice();
  const state = await sound();
  state.delete('0.bias');
  state.delete('1.running_var');
  state.set('aux1.weight', fromFloat32(Float32Array.of(1), [1]));
  const model = build().to(device, { seed: 1 });
  const before = await model.stateDict();
  assert.equal(nn.loadStateDict(model, state, { strict: false }), {
    missing: ['0.bias', '1.running_var'],
    unexpected: ['aux1.weight'],
    prefix: '',
  });
  const after = await model.stateDict();
  for (const key of ['0.bias', '1.running_var']) assert.equal(after.get(key), before.get(key), key);
  assert.equal(after.get('0.weight')?.data, state.get('0.weight')?.data);
  const fixOf = (changed: Map<string, RawTensor>, options = {}): string => {
    try {
      model.loadStateDict(changed, options);
    } catch (error) {
      assert.instance(error, ModelError);
      return (error as ModelError).fix ?? '';
    }
    return assert.unreachable() as never;
  };
  assert.match(fixOf(state), /use the model that the file was saved from; .*strict: false/);
  assert.match(
    fixOf((await sound()).set('aux1.weight', fromFloat32(Float32Array.of(1), [1]))),
    /^load it with loadStateDict\(state, \{ strict: false \}\)/,
  );
  assert.match(
    fixOf((await sound()).set('0.bias', fromFloat32(new Float32Array(3), [3])), { strict: false }),
    /channels and classes/,
  );
  assert.equal(await model.stateDict(), after, 'nothing is changed by what is refused');
});

test('numbers that are not finite are refused by tensor and count, in every float type, unless they are wanted', async () => {
  const device = await testDevice();
  const model = build().to(device, { seed: 2 });
  const bits16 = (...words: number[]): Uint16Array<ArrayBuffer> => Uint16Array.from(words);
  const cases: readonly (readonly [RawTensor, RegExp])[] = [
    [stored('F32', Uint32Array.of(0x7f800001, 0x7f800000), [2]), /0\.bias \(1 NaN and 1 infinite of 2\)$/],
    [stored('F32', Float32Array.of(-Infinity, 1), [2]), /0\.bias \(1 infinite of 2\)$/],
    [stored('F16', bits16(0x7e00, 0x7bff), [2]), /0\.bias \(1 NaN of 2\)$/],
    [stored('BF16', bits16(0xff80, 0x7f81), [2]), /0\.bias \(1 NaN and 1 infinite of 2\)$/],
    [stored('F64', Float64Array.of(1e39, NaN), [2]), /0\.bias \(1 NaN and 1 infinite of 2\)$/], // 1e39 is none of f32
  ];
  for (const [raw, message] of cases) {
    const state = (await sound()).set('0.bias', raw);
    assert.throws(
      () => model.loadStateDict(state, 'f.safetensors'),
      (e: unknown) =>
        e instanceof ModelError &&
        e.exitCode === 7 &&
        message.test(e.message) &&
        e.message.startsWith('f.safetensors holds'),
    );
    model.loadStateDict(state, { allowNonFinite: true });
    assert.ok((await model.stateDict()).get('0.bias'), 'taken over on request');
  }
  const unaligned = Uint8Array.from([0, ...new Uint8Array(Float32Array.of(NaN, 1).buffer)]).subarray(1);
  assert.equal(
    nn.findNonFinite([
      ['w', { dtype: 'F32', shape: [2], data: unaligned }],
      ['n', int64(0x7fffffffffffffffn)],
    ]),
    [{ name: 'w', nan: 1, infinite: 0, size: 2 }],
  );
  const many = new Map(
    ['a', 'b', 'c', 'd', 'e'].map((name) => [name, fromFloat32(Float32Array.of(NaN), [1])] as const),
  );
  assert.is(nn.findNonFinite(parseSafetensors(encodeSafetensors(many), 'f').tensors).length, 5);
});

test.run();
