/**
 * Pictures that look the same: which groups they form, that no drawn part comes between them, and what is said where
 * somebody's own parts do.
 */
import { writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import sharp from 'sharp';
import { FASHION_CLASSES, type DatasetSplits, type ImageDataset } from '../../../src/data/dataset.js';
import type { HashedPicture } from '../../../src/data/pictures/duplicates.js';
import { syntheticGarments } from '../../../src/data/drawn/garments.js';
import { loadDataset, type LoadOptions } from '../../../src/data/load.js';
import { describeNear, joinNear, nearGroups, nearNotes } from '../../../src/data/pictures/near_duplicates.js';
import { perceptualHashes } from '../../../src/data/pictures/perceptual_hash.js';
import { trainingSplit } from '../../../src/data/sampler.js';
import { selectImages } from '../../../src/data/select_images.js';
import { drawTestPart, unitOf } from '../../../src/data/pictures/test_part.js';
import { suite } from '../../support/harness.js';
import { bytesOf } from '../fixtures.js';
import { inCache, spread } from '../picture_files.js';

const test = suite('near duplicates');
const GARMENTS = syntheticGarments({ train: 60, test: 0, seed: 3 }).train;

const picture = (hash: string, rest: Partial<HashedPicture> = {}): HashedPicture => ({
  file: `${hash}.png`,
  label: 0,
  part: null,
  hash,
  ...rest,
});

test('a brighter copy is near, another garment is not; a chain is one group', () => {
  const data = selectImages(GARMENTS, Uint32Array.of(0, 7, 0, 23, 30));
  const images = bytesOf(data);
  for (let i = 2 * 784; i < 3 * 784; i++) images[i] = Math.min(255, Math.round(images[i] * 0.9) + 6);
  assert.equal(nearGroups(perceptualHashes(data), 3), [[0, 2]]);
  // 2 bits from one to the next, 4 from the first to the third
  const chain = Uint32Array.of(0, 0, 3, 0, 15, 0, 0xffff, 0, 0xffff, 1);
  assert.equal(
    [2, 1, 0, 64].map((bits) => nearGroups(chain, bits)),
    [
      [
        [0, 1, 2],
        [3, 4],
      ],
      [[3, 4]],
      [],
      [[0, 1, 2, 3, 4]],
    ],
  );
});

test('groups of what looks the same are joined with those of a column, and named by contents, whatever the order', () => {
  const pictures = [
    picture('c'),
    picture('a', { group: 'shoe' }),
    picture('b', { group: 'shoe' }),
    picture('e'),
    picture('d'),
  ];
  const joined = joinNear(pictures, [[0, 1]]);
  assert.is(new Set(joined.slice(0, 3).map(unitOf)).size, 1, 'c is near to a, which is of one shoe with b');
  assert.equal(joined.slice(3), pictures.slice(3), 'the others are as they were');
  const turned = joinNear(pictures.toReversed(), [[3, 4]]).toReversed();
  assert.equal(turned, joined);
  assert.equal(joinNear(pictures, []), pictures);
});

test('what is said of groups', () => {
  const pictures = [
    picture('a', { part: 'train' }),
    picture('b', { part: 'test' }),
    picture('c', { part: 'train', label: 1 }),
    picture('d', { part: 'train' }),
  ];
  const found = describeNear(pictures, [
    [0, 1],
    [2, 3],
  ]);
  assert.equal(found, [
    { files: ['a.png', 'b.png'], isAcrossParts: true, isConflict: false },
    { files: ['c.png', 'd.png'], isAcrossParts: false, isConflict: true },
  ]);
  assert.equal(nearNotes([], 4, 'shop'), []);
  assert.equal(nearNotes(found, 4, 'shop').map(String), [
    'kept together where parts are drawn: 2 groups of pictures that look the same (within 4 of 64 bits), 4 in ' +
      'all, 2 in the largest',
    'warning: 1 group of pictures that look the same (within 4 of 64 bits) lies in two parts, as shop has them: ' +
      'what is measured there is too good (weft data check near 4 names them)',
  ]);
});

test('a drawn test part has all of a group or none', () => {
  const pictures = Array.from({ length: 60 }, (_, i) => picture(`${(i * 7919) % 60}`.padStart(2, '0')));
  const groups = Array.from({ length: 20 }, (_, g) => [g, g + 20, g + 40]);
  const inTest = drawTestPart(joinNear(pictures, groups), 0.3).map((p) => p.part === 'test');
  assert.ok(groups.every((group) => new Set(group.map((n) => inTest[n])).size === 1));
  assert.is(inTest.filter(Boolean).length, 18);
  assert.ok(
    groups.some((group) => new Set(group.map((n) => drawTestPart(pictures, 0.3)[n].part)).size === 2),
    'which is not so by itself',
  );
});

/**
 * Garments of ten classes as PNG, and each again as a smaller, brighter JPEG, in a folder for each class. Returns how
 * many there are.
 */
async function garmentsTwice(
  folder: string,
  name: (garment: number, isCopy: boolean, shown: string) => string,
): Promise<string[]> {
  const files: string[] = [];
  for (let n = 0; n < 30; n++) {
    const shown = FASHION_CLASSES[GARMENTS.labels[n]].replace('/', '-');
    const large = sharp(Buffer.from(GARMENTS.images.slice(784 * n, 784 * (n + 1))), {
      raw: { width: 28, height: 28, channels: 1 },
    }).resize(84, 84);
    const [png, jpeg] = [
      await large.clone().png().toBuffer(),
      await sharp(await large.png().toBuffer())
        .resize(60, 60)
        .linear(0.92, 8)
        .jpeg({ quality: 90 })
        .toBuffer(),
    ];
    for (const [isCopy, bytes] of [
      [false, png],
      [true, jpeg],
    ] as const) {
      const file = name(n, isCopy, shown);
      spread(folder, { [file]: bytes });
      files.push(file);
    }
  }
  return files;
}

/** For each garment the parts that its two pictures are in: train, validation (drawn by a seed) and test. */
function partsOf({ train, test: tested }: DatasetSplits): Map<string, Set<string>> {
  const parts = new Map<string, Set<string>>();
  const held = new Set(trainingSplit(train, 0.3, 5).validation);
  const note = (data: ImageDataset | null, part: (n: number) => string): void => {
    for (const [n, { file }] of (data?.origins ?? []).entries()) {
      const garment = /(\d+)(?:-copy)?\.\w+$/.exec(file)?.[1] ?? '';
      parts.set(garment, (parts.get(garment) ?? new Set()).add(part(n)));
    }
  };
  note(train, (n) => (held.has(n) ? 'validation' : 'train'));
  note(tested, () => 'test');
  return parts;
}

const torn = (splits: DatasetSplits): number => [...partsOf(splits).values()].filter((parts) => parts.size > 1).length;

test('folders and tables: parts that are drawn tear no group; the picture size changes nothing', () =>
  inCache(async (data) => {
    const files = await garmentsTwice(
      `${data}/shop`,
      (n, isCopy, shown) => `${shown}/${n}${isCopy ? '-copy.jpg' : '.png'}`,
    );
    writeFileSync(
      `${data}/shop/table.csv`,
      ['file,label', ...files.map((file) => `${file},${file.split('/')[0]}`)].join('\n'),
    );
    for (const spec of [`${data}/shop`, `${data}/shop/table.csv`]) {
      const read = (more: LoadOptions): Promise<DatasetSplits> =>
        loadDataset(spec, { imageSize: 8, testSplit: 0.3, ...more });
      const [plain, near] = [await read({}), await read({ near: 4 })];
      assert.ok(torn(plain) > 5, `${torn(plain)} of 30 by themselves`);
      assert.is(torn(near), 0, spec);
      assert.ok(
        (near.pictures?.near ?? []).length >= 20 && near.pictures?.near?.every((d) => !d.isAcrossParts),
        `${near.pictures?.near?.length} groups`,
      );
      assert.match(
        String(near.notes?.find((note) => String(note).startsWith('kept'))),
        /^kept together where parts are drawn: \d+ groups of pictures that look the same \(within 4 of 64 bits\)/,
      );
      assert.equal([plain.pictures?.near, plain.train.groups], [undefined, undefined]);
      assert.equal(partsOf(await read({ near: 4, imageSize: 12 })), partsOf(near));
    }
  }));

test('parts of somebody’s own that tear groups are left, with a warning', () =>
  inCache(async (data) => {
    await garmentsTwice(
      data,
      (n, isCopy, shown) => `${isCopy && n < 8 ? 'test' : 'train'}/${shown}/${n}${isCopy ? '-copy.jpg' : '.png'}`,
    );
    const splits = await loadDataset(data, { imageSize: 8, near: 4 });
    assert.is(splits.test?.count, 8);
    assert.is(splits.pictures?.near?.filter((d) => d.isAcrossParts).length, 8);
    assert.match(
      String(splits.notes?.at(-1)),
      /^warning: 8 groups of pictures that look the same .* lie in two parts, as .*data has them/,
    );
    assert.is(
      [...partsOf(splits)].filter(([, parts]) => parts.has('train') && parts.has('validation')).length,
      0,
      'what is drawn of the training part keeps them',
    );
  }));

test.run();
