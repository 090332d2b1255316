/**
 * Few images of some classes: the setting, the measures, the methods, the classifier on features, where stages are
 * kept, the table.
 */
import * as assert from 'uvu/assert';
import { Choices } from '../../src/device/choices.js';
import { DataError, DivergedError, UsageError } from '../../src/device/errors.js';
import { checkMethods, stageFolders, type Cell, type ImbalanceConfig } from '../../src/imbalance/config.js';
import { fingerprint } from '../../src/imbalance/fingerprint.js';
import { fewShot, type FewShotConfig } from '../../src/imbalance/few_shot.js';
import { trainLatentHead, type LatentRows } from '../../src/imbalance/latent_head.js';
import { harmonicMean, imbalanceMeasures } from '../../src/imbalance/measures.js';
import { parseMethods } from '../../src/imbalance/methods.js';
import { checkCells, type CellResult } from '../../src/imbalance/run_cell.js';
import { imagesOf, networkConfig, type ImbalanceRun } from '../../src/imbalance/stages.js';
import { measureTable, resultsCsv, tableCells } from '../../src/imbalance/table.js';
import { FEATURE_VAE } from '../../src/vae/config.js';
import { parseClassFactors } from '../../src/data/tables/class_factors.js';
import { hostRandom } from '../../src/data/host_random.js';
import { trainingSplit } from '../../src/data/sampler.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { CONFIG, GARMENTS } from './fixtures.js';

const test = gpuSuite('imbalance');

/** 400 images of 8 classes, evenly. */
const EVEN = {
  name: 'even',
  count: 400,
  labels: Uint32Array.from({ length: 400 }, (_, i) => i % 8),
  classes: [...'abcdefgh'],
};
const SETTING: FewShotConfig = { minority: 3, nF: 5, cap: null, valSplit: 0.2, seed: 0 };
const countsOf = (indices: Uint32Array): number[] =>
  EVEN.classes.map((_, c) => indices.filter((i) => EVEN.labels[i] === c).length);

test('minority classes keep n_f images in training and in validation, the others what they have', () => {
  const { train, validation, isMinority } = fewShot(EVEN, SETTING);
  const [few, many] = [countsOf(train), countsOf(validation)];
  assert.is(isMinority.filter(Boolean).length, 3);
  const whole = trainingSplit(EVEN, SETTING.valSplit, SETTING.seed);
  for (const [c, isFew] of isMinority.entries())
    assert.equal(
      [few[c], many[c]],
      isFew ? [5, 5] : [countsOf(whole.train)[c], countsOf(whole.validation)[c]],
      EVEN.classes[c],
    );
  assert.is(whole.train.length + whole.validation.length, 400);
  assert.ok(![...train].some((i) => validation.includes(i)));
  assert.equal(train, Uint32Array.from(train).sort());
});

test('the seed decides classes and images; n_f adds images to those of a smaller one; a cap holds for the majority', () => {
  assert.equal(fewShot(EVEN, SETTING), fewShot(EVEN, SETTING));
  const drawn = new Set(Array.from({ length: 20 }, (_, seed) => fewShot(EVEN, { ...SETTING, seed }).isMinority.join()));
  assert.ok(drawn.size > 10, `${drawn.size} of 20 seeds draw other classes`);
  const [five, ten] = [fewShot(EVEN, SETTING).train, fewShot(EVEN, { ...SETTING, nF: 10 }).train];
  assert.ok([...five].every((i) => ten.includes(i)));
  const capped = fewShot(EVEN, { ...SETTING, minority: ['b', 'g'], cap: 20, nF: 3 });
  assert.equal(countsOf(capped.train), [20, 3, 20, 20, 20, 20, 3, 20]);
  assert.equal(capped.isMinority.map(Number), [0, 1, 0, 0, 0, 0, 1, 0]);
});

test('a setting may have more images than what a call takes as arguments', () => {
  const images = imagesOf({
    train: Uint32Array.from({ length: 200_000 }, (_, i) => i),
    validation: Uint32Array.of(7, 8),
    isMinority: [],
  });
  assert.equal([images.length, ...images.subarray(199_999)], [200_002, 199_999, 7, 8]);
});

test('a setting that cannot be is refused', () => {
  const refused = (change: Partial<FewShotConfig>, says: RegExp, data: Parameters<typeof fewShot>[0] = EVEN): void =>
    assert.throws(
      () => fewShot(data, { ...SETTING, ...change }),
      (e: unknown) => (e instanceof UsageError || e instanceof DataError) && says.test(e.message),
    );
  refused({ minority: 0 }, /of 8 classes 1 to 7/);
  refused({ minority: 8 }, /of 8 classes 1 to 7/);
  refused({ minority: ['a', 'z'] }, /no class "z"/);
  refused({ minority: [...'abcdefgh'] }, /names all classes/);
  refused({ valSplit: 0 }, /no validation images/);
  refused({ minority: ['b'], nF: 60 }, /b has \d+ images for training, n_f 60 \(seed 0\) wants 60/);
  refused({}, /no image of h is left/, { ...EVEN, labels: EVEN.labels.map((c) => (c === 7 ? 0 : c)) });
});

test('acc_h is the harmonic mean of majority and minority accuracy, 0 when either is', () => {
  const measures = imbalanceMeasures(
    [
      [8, 2, 0],
      [5, 5, 0],
      [1, 3, 0],
    ],
    [false, true, true],
  );
  assert.equal(measures, {
    acc: 13 / 24,
    majority: 0.8,
    minority: 5 / 14,
    accH: (2 * 0.8 * (5 / 14)) / (0.8 + 5 / 14),
  });
  assert.equal(
    imbalanceMeasures(
      [
        [8, 2],
        [0, 0],
      ],
      [false, true],
    ),
    { acc: 0.8, majority: 0.8, minority: null, accH: null },
  );
  assert.equal(
    [harmonicMean(0, 0.9), harmonicMean(0.9, 0), harmonicMean(0, 0), harmonicMean(0.5, 0.5)],
    [0, 0, 0, 0.5],
  );
});

test('methods are read, and what is none is refused', () => {
  assert.equal(
    parseMethods('plain, oversample:30,weights,head:1,head-mean:50,vae:30').map(({ kind, factor, ...rest }) => [
      kind,
      factor,
      'latent' in rest ? rest.latent : '',
    ]),
    [
      ['plain', 1, ''],
      ['oversample', 30, ''],
      ['weights', 1, ''],
      ['head', 1, 'none'],
      ['head', 50, 'mean'],
      ['head', 30, 'sample'],
    ],
  );
  for (const text of [
    '',
    'plain:3',
    'oversample',
    'vae',
    'vae:0',
    'vae:1.5',
    'vae:03',
    'VAE:3',
    'weights:2',
    'plain,plain',
    'smote:3',
  ])
    assert.throws(
      () => parseMethods(text),
      (e: unknown) => e instanceof UsageError,
      text,
    );
});

const STAGES: ImbalanceConfig = {
  network: CONFIG,
  minority: 3,
  cap: null,
  vae: FEATURE_VAE,
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
  const plain = await fingerprint({ name: 'gpu', choices }, CONFIG, [GARMENTS]);
  assert.equal([plain.length, plain.slice(2)], [4, [GARMENTS.classes.join(), 'gpu']]);
  choices.replace({ 'matmul M64': { variant: 'subgroup', ROWS: 16 } });
  const tuned = await fingerprint({ name: 'gpu', choices }, CONFIG, [GARMENTS]);
  choices.replace({ 'matmul M64': { variant: 'subgroup', ROWS: 8 } });
  const otherwise = await fingerprint({ name: 'gpu', choices }, CONFIG, [GARMENTS]);
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

/** Two classes of vectors around (1, 0) and (-1, 0), and their z around (0, 2) and (0, -2). */
function rows(counts: readonly [number, number], latent: number, logVar: number, key: number): LatentRows {
  const random = hostRandom(key);
  const labels = Uint32Array.from({ length: counts[0] + counts[1] }, (_, i) => (i < counts[0] ? 0 : 1));
  const width = 2 + 2 * latent;
  const features = Float32Array.from(
    [...labels].flatMap((c) => {
      const sign = c === 0 ? 1 : -1;
      const noise = (): number => 0.8 * random.normal();
      return [
        sign + noise(),
        noise(),
        ...Array.from({ length: latent }, (_, d) => (d === 1 ? 2 * sign : 0)),
        ...new Array<number>(latent).fill(logVar),
      ];
    }),
  );
  return { name: 'made', features, labels, count: labels.length, width, classes: ['a', 'b'], latent };
}
const HEAD = { epochs: 4, batch: 32, lr: 0.05, momentum: 0.9, weightDecay: 0 };
const partsOf = (latent: number, logVar: number): Parameters<typeof trainLatentHead>[2] => ({
  train: rows([200, 8], latent, logVar, 1),
  validation: rows([50, 50], latent, logVar, 2),
  test: rows([100, 100], latent, logVar, 3),
});

test('oversampling lets the rare class through, the same seed gives the same classifier', async () => {
  const device = await testDevice();
  const train = (factor: readonly number[], seed = 0): ReturnType<typeof trainLatentHead> =>
    trainLatentHead(device, HEAD, partsOf(0, 0), { factor, isSampled: false, seed });
  const recall = ({ predictions }: Awaited<ReturnType<typeof train>>): number =>
    predictions.slice(100).filter((c) => c === 1).length;
  const [plain, even, again] = [await train([1, 1]), await train([1, 25]), await train([1, 25])];
  assert.ok(recall(even) > recall(plain) + 10, `${recall(even)} of 100 rare ones with, ${recall(plain)} without`);
  assert.equal([again.history, again.predictions], [even.history, even.predictions]);
  assert.is(even.history.length, 4);
  const best = Math.max(...even.history.map((h) => h.valAccuracy));
  assert.is(even.bestEpoch, even.history.find((h) => h.valAccuracy === best)?.epoch);
});

test('z helps where it tells the classes apart, and is drawn anew with each image', async () => {
  const device = await testDevice();
  const train = (latent: number, logVar: number, isSampled: boolean): ReturnType<typeof trainLatentHead> =>
    trainLatentHead(device, HEAD, partsOf(latent, logVar), { factor: [1, 25], isSampled, seed: 0 });
  const right = ({ predictions }: Awaited<ReturnType<typeof train>>): number =>
    predictions.filter((c, i) => c === (i < 100 ? 0 : 1)).length;
  const [without, mean, certain, noisy] = [
    await train(0, 0, false),
    await train(3, 0, false),
    await train(3, -20, true),
    await train(3, 2, true),
  ];
  assert.ok(
    right(mean) > 195 && right(mean) > right(without),
    `${right(mean)} of 200 with the mean, ${right(without)} without z`,
  );
  for (const [e, { trainLoss }] of certain.history.entries())
    assert.ok(Math.abs(trainLoss - mean.history[e].trainLoss) < 1e-2, 'without variance a drawn z is the mean');
  assert.ok(noisy.history[3].trainLoss > mean.history[3].trainLoss + 0.05, 'with variance it is not');
});

test('a classifier that diverges says so', async () => {
  const device = await testDevice();
  try {
    await trainLatentHead(device, { ...HEAD, lr: 1e38 }, partsOf(0, 0), { factor: [1, 1], isSampled: false, seed: 0 });
    assert.unreachable();
  } catch (error) {
    assert.ok(error instanceof DivergedError && /classifierLr/.test(String(error.fix)), String(error));
  }
});

test('the table gives means and deviations over the seeds', () => {
  const result = (method: string, nF: number, seed: number, accH: number): CellResult => ({
    method,
    nF,
    seed,
    accH,
    acc: 0.5,
    majority: 0.9,
    minority: 0.1,
    minorityClasses: ['a', 'b'],
    perClass: [],
    confusion: [],
    bestEpoch: 3,
  });
  const results = [
    result('plain', 5, 0, 0.1),
    result('plain', 5, 1, 0.3),
    result('plain', 10, 0, 0.25),
    result('vae:3', 10, 0, 0.5),
  ];
  const cells = tableCells(results, ['plain', 'vae:3'], [5, 10]);
  assert.equal(measureTable(cells, [5, 10], ['accH', 'acc']), {
    headers: ['acc_h / acc, %', 'n_f 5', 'n_f 10'],
    rows: [
      ['plain', '20.0 ± 14.1 / 50.0 ± 0.0', '25.0 / 50.0'],
      ['vae:3', '-', '50.0 / 50.0'],
    ],
  });
  assert.is(
    resultsCsv(results.slice(0, 1)),
    'method,n_f,seed,acc_h,acc,majority,minority,best_epoch,minority_classes\nplain,5,0,0.1,0.5,0.9,0.1,3,a;b\n',
  );
});

test.run();
