/** Where stages are kept, and cells that the data cannot have. */
import * as assert from 'uvu/assert';
import { Choices } from '../../src/device/choices.js';
import { DataError, UsageError } from '../../src/device/errors.js';
import { checkMethods, stageFolders, type Cell, type ImbalanceConfig } from '../../src/imbalance/config.js';
import { fingerprint, fingerprintParts } from '../../src/imbalance/fingerprint.js';
import { parseMethods } from '../../src/imbalance/methods.js';
import { checkCells } from '../../src/imbalance/run_cell.js';
import { networkConfig, type ImbalanceRun } from '../../src/imbalance/stages.js';
import { FEATURE_VAE } from '../../src/vae/config.js';
import { parseClassFactors } from '../../src/data/tables/class_factors.js';
import { gpuSuite } from '../support/gpu.js';
import { CONFIG, GARMENTS } from '../train/fixtures.js';

const test = gpuSuite('imbalance: stages');

const STAGES: ImbalanceConfig = {
  network: CONFIG,
  minority: 3,
  cap: null,
  vae: FEATURE_VAE,
  pull: 0.1,
  conditionalBeta: 0.1,
  classVectors: { of: 'names', values: [1, 2, 3] },
  head: { epochs: 10, batch: 64, lr: 0.01, momentum: 0.9, weightDecay: 0 },
};

const cellOf = (name: string): Cell => ({ method: parseMethods(name)[0], nF: 5, seed: 0 });

test('a stage is kept under what decides it, and under nothing else', () => {
  const at = (name: string, change: Partial<ImbalanceConfig> = {}, about = ['data']): ReturnType<typeof stageFolders> =>
    stageFolders({ ...STAGES, ...change }, cellOf(name), 'out', about);
  const otherVae = { vae: { ...FEATURE_VAE, latent: 8 } };
  const otherHead = { head: { ...STAGES.head, lr: 0.1 } };
  assert.equal(at('plain', { ...otherVae, ...otherHead }).cell, at('plain').cell);
  assert.equal(
    [at('vae:30', otherHead).latents, at('vae:30', otherVae).network],
    [at('vae:30').latents, at('plain').cell],
  );
  assert.is(at('head:30', otherVae).cell, at('head:30').cell);
  const cells = [
    at('plain'),
    at('oversample:30'),
    at('oversample:50'),
    at('head:30'),
    at('vae:30'),
    at('head:30', otherHead),
    at('vae:30', otherVae),
    at('plain', { cap: 3 }),
    at('plain', {}, ['other data']),
  ].map((f) => f.cell);
  assert.is(new Set(cells).size, cells.length);
  const frozen = { network: { ...CONFIG, freeze: 'backbone', pretrained: 'file' } };
  assert.is(
    at('head:30', frozen).features,
    at('head:30', { ...frozen, cap: 3 }).features,
    'frozen features are those of all images',
  );
  assert.throws(
    () => checkMethods({ ...STAGES, ...frozen }, parseMethods('head:1,oversample:2')),
    (e: unknown) => e instanceof UsageError && /oversample:2 trains the whole network/.test(e.message),
  );
  assert.throws(
    () => checkMethods({ ...STAGES, network: { ...CONFIG, freeze: 'backbone' } }, []),
    (e: unknown) => e instanceof UsageError && /pretrained/.test(e.message),
  );
});

test('what tuned kernels compute is kept apart; without any, keys are as if there were no tuner', async () => {
  const choices = new Choices();
  const partsOf = async (): Promise<string[]> =>
    fingerprintParts(await fingerprint({ name: 'gpu', choices }, CONFIG, [GARMENTS]));
  const plain = await partsOf();
  assert.equal([plain.length, plain.slice(2)], [4, [GARMENTS.classes.join(), 'gpu']]);
  choices.replace({ 'matmul M64': { variant: 'subgroup', ROWS: 16 } });
  const tuned = await partsOf();
  choices.replace({ 'matmul M64': { variant: 'subgroup', ROWS: 8 } });
  const otherwise = await partsOf();
  assert.equal([tuned.slice(0, 4), otherwise.slice(0, 4)], [plain, plain]);
  assert.is(
    new Set([plain, tuned, otherwise].map((about) => stageFolders(STAGES, cellOf('plain'), 'out', about).cell)).size,
    3,
  );
});

test('cells that the data cannot have are refused before the first is computed; classes have any name', () => {
  const withClasses = (classes: readonly string[]): ImbalanceRun['data'] => {
    const data = { ...GARMENTS, labels: GARMENTS.labels.map((_, i) => i % classes.length), classes };
    return { train: data, test: data };
  };
  const refused = (classes: readonly string[], cells: readonly Cell[], says: RegExp): void =>
    assert.throws(
      () => checkCells({ config: STAGES, data: withClasses(classes) }, cells),
      (e: unknown) => (e instanceof UsageError || e instanceof DataError) && says.test(e.message),
    );
  refused(
    Array.from({ length: 1001 }, (_, c) => `class ${c}`),
    [cellOf('head:3')],
    /1001 classes are too many/,
  );
  refused(['a', 'b', 'c'], [cellOf('plain')], /minority 3: of 3 classes 1 to 2/);
  refused(
    [...'abcdefghij'].flatMap((c) => [...'0123456789abcde'].map((d) => c + d)),
    [cellOf('plain')],
    /has [01] images for training, n_f 5/,
  ); // an image each
  const data = withClasses(['tops, long', 'hat, "soft"', 'shoe', 'bag']);
  checkCells({ config: STAGES, data }, [cellOf('plain'), cellOf('oversample:3')]);
  const cell = cellOf('oversample:3');
  const config = networkConfig({ config: STAGES, data }, cell, {
    train: new Uint32Array(),
    validation: new Uint32Array(),
    isMinority: [true, true, false, false],
  });
  assert.equal(
    [...parseClassFactors(String(config.oversample), 'oversample')],
    [
      ['tops, long', 3],
      ['hat, "soft"', 3],
    ],
  );
});

test.run();
