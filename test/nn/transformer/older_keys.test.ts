/** Weights under the names that torchvision's layers had when they were published. */
import * as assert from 'uvu/assert';
import { buildModel, type ModelInput } from '../../../src/nn/index.js';
import { withNewerKeys } from '../../../src/nn/state/older_keys.js';
import { gpuSuite, testDevice } from '../../support/gpu.js';

const test = gpuSuite('older keys');

const INPUT: ModelInput = { channels: 3, height: 32, width: 32, classes: 4 };

/** What torchvision's names were before. */
const OLDER: Readonly<Record<string, (key: string) => string>> = {
  vit_tiny_16: (key) => key.replace(/\.mlp\.([03])\./, (_, n) => `.mlp.linear_${n === '0' ? 1 : 2}.`),
  densenet121: (key) => key.replace(/(denselayer\d+\.(?:norm|conv))([12])\./, '$1.$2.'),
};

for (const [name, older] of Object.entries(OLDER))
  test(`${name} takes them`, async () => {
    const device = await testDevice();
    const model = buildModel(name, INPUT).to(device, { seed: 4 });
    const state = await model.stateDict();
    const old = new Map([...state].map(([key, value]) => [`module.${older(key)}`, value]));
    assert.ok([...old.keys()].filter((key) => !state.has(key.slice('module.'.length))).length > 40);
    const other = buildModel(name, INPUT).to(device, { seed: 5 });
    assert.is(other.loadStateDict(old).prefix, 'module.');
    const loaded = await other.stateDict();
    for (const [key, { data }] of state) assert.equal(loaded.get(key)?.data, data, key);
    for (const m of [model, other]) m.release();
  });

test('a key that the model has stays, and so does one that would meet another', () => {
  const own = new Set(['a.mlp.0.weight', 'b.mlp.linear_1.weight', 'b.mlp.0.weight']);
  const keys = (...given: readonly string[]): string[] => [
    ...withNewerKeys(new Map(given.map((key) => [key, 0])), own).keys(),
  ];
  assert.equal(keys('a.mlp.linear_1.weight'), ['a.mlp.0.weight']);
  assert.equal(keys('b.mlp.linear_1.weight'), ['b.mlp.linear_1.weight']);
  assert.equal(keys('a.mlp.linear_1.weight', 'a.mlp.0.weight'), ['a.mlp.linear_1.weight', 'a.mlp.0.weight']);
  assert.equal(keys('c.mlp.linear_1.weight'), ['c.mlp.linear_1.weight']);
});

test.run();
