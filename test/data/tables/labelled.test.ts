/** CIFAR-10's records, merged classes, and the syntax of augmentations. */
import * as assert from 'uvu/assert';
import { augmentationOf, isAugmentation, mixingOf, parseAugmentation } from '../../../src/data/augment_spec.js';
import { CIFAR10_CLASSES, parseCifar } from '../../../src/data/files/cifar.js';
import { isClassMap, mergeClasses, parseClasses, readClassMap } from '../../../src/data/class_map.js';
import type { ImageDataset } from '../../../src/data/dataset.js';
import { loadDataset } from '../../../src/data/load.js';
import { NO_AUGMENTATION } from '../../../src/kernels/images/augment_settings.js';
import { suite, testWithData } from '../../support/harness.js';
import { bytesOf, fails, fill, inFolder } from '../fixtures.js';

const test = suite('records, classes, augmentations');

/** Records whose bytes tell their place: label n, then bytes n + plane. */
function records(labels: readonly number[]): Uint8Array {
  return Uint8Array.from(
    labels.flatMap((label, n) => [
      label,
      ...Array.from({ length: 3072 }, (_, i) => (n * 10 + Math.floor(i / 1024)) % 256),
    ]),
  );
}

test('CIFAR-10: records of all files in the order of their names', () =>
  inFolder(async (folder) => {
    fill(folder, {
      'data_batch_2.bin': records([7, 0]),
      'data_batch_1.bin': records([3]),
      'test_batch.bin': records([7, 0]),
      'batches.meta.txt': CIFAR10_CLASSES.join('\n'),
    });
    const { train, test: tested } = await loadDataset(folder);
    assert.equal(
      [train.count, train.channels, train.height, train.width, [...train.labels]],
      [3, 3, 32, 32, [1, 2, 0]],
    );
    assert.equal(
      [tested?.count, [...(tested?.labels ?? [])], train.classes],
      [2, [2, 0], ['airplane', 'cat', 'horse']],
    );
    const plane = (n: number, c: number): number => bytesOf(train)[n * 3072 + c * 1024 + 500];
    assert.equal(
      [0, 1, 2].map((n) => [0, 1, 2].map((c) => plane(n, c))),
      [
        [0, 1, 2],
        [0, 1, 2],
        [10, 11, 12],
      ],
    );
  }));

test('CIFAR-10: what is not whole records is refused', () =>
  inFolder(async (folder) => {
    await fails(
      () => parseCifar(records([1]).subarray(1), 'a.bin'),
      3,
      /a\.bin: 3072 bytes are not whole records of 3073/,
    );
    await fails(() => parseCifar(new Uint8Array(0), 'a.bin'), 3, /0 bytes/);
    await fails(() => parseCifar(records([1, 10]), 'a.bin', 10), 3, /label 10 of record 1, expected 0 to 9/);
    fill(folder, { 'test_batch.bin': records([1]) });
    await fails(() => loadDataset(folder), 3, /no data_batch_1\.bin/);
  }));

testWithData(test, 'CIFAR-10: the real subset', 'cifar10', async (folder) => {
  const { train, test: tested } = await loadDataset(folder);
  assert.equal([train.count, tested?.count], [10000, 2000]);
});

/** Images of one pixel, whose byte is their number. */
function pixels(labels: readonly number[], validationStart?: number): ImageDataset {
  const data = {
    name: 'pixels',
    images: Uint8Array.from(labels, (_, i) => i),
    labels: Uint32Array.from(labels),
    count: labels.length,
    channels: 1,
    height: 1,
    width: 1,
    classes: ['a', 'b', 'c', 'd'],
  };
  return validationStart === undefined ? data : { ...data, validationStart };
}

test('classes are merged in the order of the map, the others left out and counted', async () => {
  const {
    train,
    test: tested,
    notes,
  } = mergeClasses(
    { train: pixels([0, 1, 2, 3, 0, 2], 4), test: pixels([3, 1, 2]) },
    { late: ['d'], early: ['a', 'c'] },
  );
  assert.equal(
    [train.classes, [...train.labels], [...bytesOf(train)], train.count, train.validationStart],
    [['late', 'early'], [1, 1, 0, 1, 1], [0, 2, 3, 4, 5], 5, 3],
  );
  assert.equal(
    [[...(tested?.labels ?? [])], [...(tested === null ? [] : bytesOf(tested))]],
    [
      [0, 1],
      [0, 2],
    ],
  );
  assert.equal(notes?.map(String), ['classes left out: 2 of b']);
  await fails(() => mergeClasses({ train: pixels([0]), test: null }, { x: ['e'] }), 3, /has no class "e"/);
  await fails(
    () => mergeClasses({ train: pixels([0]), test: null }, { x: ['a'], y: ['b'] }),
    3,
    /class y has no images/,
  );
});

test('class maps are read from YAML, and bad ones refused', () =>
  inFolder(async (folder) => {
    fill(folder, {
      'good.yaml': 'hat: hat\ntops: [t-shirt, shirt]\nnumber: [3]\n',
      'twice.yaml': 'a: [x]\nb: [y, x]\n',
      'list.yaml': '- a\n',
      'empty.yaml': '',
      'deep.yaml': 'a: {b: c}\n',
      'broken.yaml': 'a: [b\n',
    });
    assert.equal(await readClassMap(`${folder}/good.yaml`), {
      hat: ['hat'],
      tops: ['t-shirt', 'shirt'],
      number: ['3'],
    });
    await fails(() => readClassMap(`${folder}/twice.yaml`), 2, /twice\.yaml: x is named twice/);
    for (const name of ['list', 'empty', 'deep'])
      await fails(() => readClassMap(`${folder}/${name}.yaml`), 2, new RegExp(`${name}\\.yaml: is no map of classes`));
    await fails(() => readClassMap(`${folder}/broken.yaml`), 2, /broken\.yaml: /);
    await fails(() => readClassMap(`${folder}/none.yaml`), 2, /none\.yaml: no such file/);
    assert.equal([{ a: ['b'] }, {}, { a: [] }, { a: ['b'], c: ['b'] }, { a: [1] }, null, 'a'].map(isClassMap), [
      true,
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
  }));

test('class maps in one line; a file is told by its name', () =>
  inFolder(async (folder) => {
    fill(folder, { 'a=b.yaml': 'x: [y]\n', classes: 'x: [z]\n' });
    assert.equal(Object.entries(await parseClasses('hat, tops=t-shirt + shirt,shoes')), [
      ['hat', ['hat']],
      ['tops', ['t-shirt', 'shirt']],
      ['shoes', ['shoes']],
    ]);
    assert.equal(await parseClasses('hat, shoes'), { hat: ['hat'], shoes: ['shoes'] });
    assert.equal(
      [await parseClasses(`${folder}/a=b.yaml`), await parseClasses(`${folder}/classes`)],
      [{ x: ['y'] }, { x: ['z'] }],
    );
    await fails(() => parseClasses('a=x,b=x'), 2, /classes a=x,b=x: x is named twice/);
    await fails(() => parseClasses('a=x,a=y'), 2, /a is named twice/);
    await fails(() => parseClasses('a=x=y'), 2, /"a=x=y" is not NEW=OLD\+OLD/);
    for (const spec of ['a=', 'a=x+', '=x', 'a=x,'])
      await fails(() => parseClasses(spec), 2, /is no map of classes|is not NEW=OLD/);
  }));

test('augmentations are parsed, alone with their usual numbers', () => {
  assert.equal(parseAugmentation('flip, shift=2,rotate=10.5'), {
    ...NO_AUGMENTATION,
    flip: 0.5,
    shift: 2,
    rotate: 10.5,
  });
  assert.equal(parseAugmentation('resize,erase=0.25,mixup=1,brightness=.4'), {
    ...NO_AUGMENTATION,
    resize: 0.08,
    erase: 0.25,
    mixup: 1,
    brightness: 0.4,
  });
  assert.equal(parseAugmentation('crop=4').crop, 4);
  assert.equal(
    ['randaugment', 'randaugment=12', 'randaugment=3x0'].map((spec) => parseAugmentation(spec).randaugment),
    [
      { ops: 2, magnitude: 9 },
      { ops: 2, magnitude: 12 },
      { ops: 3, magnitude: 0 },
    ],
  );
  assert.equal(parseAugmentation('trivialaugment,cutmix'), { ...NO_AUGMENTATION, trivialaugment: true, cutmix: 1 });
  assert.ok(augmentationOf('randaugment'));
  assert.ok(augmentationOf('trivialaugment'));
  assert.equal(['flip,mixup', 'cutmix=0.5', 'mixup,cutmix', 'flip,mixup=0', null].map(mixingOf), [
    'mixup',
    'cutmix',
    'mixup',
    null,
    null,
  ]);
  assert.equal([augmentationOf(null), augmentationOf(undefined), augmentationOf('flip=0,shift=0')], [null, null, null]);
  assert.equal([isAugmentation('flip'), isAugmentation('flop')], [true, false]);
});

const REFUSED: readonly [string, RegExp][] = [
  ['flop', /there is no "flop"/],
  ['', /there is no ""/],
  ['flip,', /there is no ""/],
  ['toString', /there is no "toString"/],
  ['flip,flip', /flip is given twice/],
  ['shift', /shift needs a number/],
  ['shift=1.5', /shift=1\.5 is not a whole number from 0 to 1024/],
  ['shift=-1', /shift=-1 is not/],
  ['flip=2', /flip=2 is not a number from 0 to 1/],
  ['rotate=', /rotate= is not a number/],
  ['rotate=1=2', /rotate=1=2 is not a number/],
  ['resize=0', /resize=0 is not a number from 0\.001/],
  ['mixup=3', /mixup=3 is not a number from 0 to 1/],
  ['randaugment=31', /randaugment=31 is not a magnitude from 0 to 30/],
  ['randaugment=9x9', /randaugment=9x9 is not a magnitude/],
  ['randaugment=2x', /randaugment=2x is not a magnitude/],
  ['randaugment=1=2', /randaugment=1=2 is not a magnitude/],
  ['trivialaugment=9', /trivialaugment=9 is not without a number/],
  ['randaugment,trivialaugment', /draw the same operations/],
  ['cutmix=2', /cutmix=2 is not a number from 0 to 1/],
  ['crop=4,resize', /crop and resize both choose the window/],
];
for (const [spec, says] of REFUSED) {
  test(`augment ${JSON.stringify(spec)} is refused`, async () => {
    const { fix } = await fails(() => parseAugmentation(spec), 2, says);
    assert.ok(fix);
  });
}

test.run();
