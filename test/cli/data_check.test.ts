/** `weft data check`, tables and class augmentation at the command line. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { fill, inFolder } from '../data/fixtures.js';
import { plain, spread, twoColours } from '../data/picture_files.js';
import { suite } from '../support/harness.js';
import { writeGarments } from './garments.js';
import { expectRefusals, weft, weftJson } from './weft.js';

const test = suite('data check, tables and class augmentation at the command line');

interface Check {
  readonly train: number;
  readonly validation: number;
  readonly test: number | null;
  readonly classes: readonly { class: string; train: number; validation: number; test: number | null }[];
  readonly notes: readonly string[];
  readonly odd: readonly string[];
  readonly pictures: null | {
    listed: number;
    copies: number;
    enlarged: number;
    unreadable: { file: string; reason: string }[];
    tiny: { file: string; width: number; height: number }[];
    duplicates: { files: string[]; isAcrossParts: boolean; isConflict: boolean }[];
  };
}

test('data check counts classes and names what is wrong', () =>
  inFolder(async (cwd) => {
    const env = { WEFT_CACHE: `${cwd}/cache` };
    await twoColours(`${cwd}/photos/train`, 12);
    await twoColours(`${cwd}/photos/test`, 2, 12);
    const [same, large] = [
      await plain(60, 70, [1, 2, 3]).png().toBuffer(),
      await plain(80, 90, [9, 9, 9]).png().toBuffer(),
    ];
    spread(cwd, {
      'photos/train/red/broken.jpg': 'words',
      'photos/train/red/same.png': same,
      'photos/test/blue/same.png': same,
      'photos/train/blue/large.png': large,
      'photos/train/blue/large2.png': large,
    });
    const checked = await weftJson<Check>('data check photos --image-size 64'.split(' '), { cwd, env });
    assert.equal([checked.train, checked.validation, checked.test], [25, 0, 5]);
    assert.equal(checked.classes, [
      { class: 'blue', train: 13, validation: 0, test: 3 },
      { class: 'red', train: 12, validation: 0, test: 2 },
    ]);
    const { pictures } = checked;
    assert.equal([pictures?.listed, pictures?.copies, pictures?.enlarged], [33, 2, 29]);
    assert.equal(pictures?.unreadable, [
      { file: 'photos/train/red/broken.jpg', reason: 'is no JPEG, PNG or WebP picture' },
    ]);
    assert.equal(pictures?.tiny.length, 28, 'pictures of two colours are 20 to 33 wide, 24 high');
    assert.equal(pictures?.duplicates, [
      {
        files: ['photos/train/blue/large.png', 'photos/train/blue/large2.png'],
        isAcrossParts: false,
        isConflict: false,
      },
      { files: ['photos/test/blue/same.png', 'photos/train/red/same.png'], isAcrossParts: true, isConflict: true },
    ]);
    const { stdout } = await weft('data check photos --names 1'.split(' '), { cwd, env });
    assert.match(stdout, /class +train +test\n-+ +-+ +-+\nblue +13 +3\nred +12 +2\n/);
    assert.match(stdout, /\n33 files: 30 used, 2 copies of others, byte for byte, 1 that cannot be read\n/);
    assert.match(
      stdout,
      /identical:\n {2}photos\/test\/blue\/same\.png = photos\/train\/red\/same\.png \(in two parts\) \(different labels\)\n {2}and 1 more/,
    );
    const kept = await weftJson<Check>('data check photos --keep-duplicates'.split(' '), { cwd, env });
    assert.equal([kept.train, kept.test], [27, 5]);
    writeGarments(`${cwd}/grey`, { train: 200, test: 40, seed: 1 });
    const grey = await weftJson<Check>('data check grey'.split(' '), { cwd, env });
    assert.equal([grey.train, grey.test, grey.pictures, grey.odd], [200, 40, null, []]);
    spread(cwd, { 'words/a/x.jpg': 'words' });
    await expectRefusals(cwd, [
      {
        args: 'data check words',
        code: 3,
        says: [/class a has no training picture that can be read; left out 1 of 1/],
        env: { WEFT_CACHE: `${cwd}/words/a/x.jpg` },
      },
    ]); // no folder: nothing is kept
  }));

test('a table: train with variants of a class, resume, evaluate; the run knows the columns', () =>
  inFolder(async (cwd) => {
    const env = { WEFT_CACHE: `${cwd}/cache` };
    await twoColours(`${cwd}/images`, 20);
    const names = Array.from({ length: 20 }, (_, i) => [
      `blue/${i}.jpg,b${i},cold`,
      ...(i % 2 === 0 ? [`red/${i}.png,r${i},warm`] : []),
    ]).flat();
    fill(cwd, { 'things.csv': ['file,name,look', ...names, 'red/1.png,x,'].join('\n') });
    const trained = await weft(
      (
        'train --data things.csv --label look --image-size 32 --test-split 0.3 --model mlp --epochs 3 --batch 8 ' +
        '--augment-class heat=3 --classes cold,heat=warm --out run'
      ).split(' '),
      { cwd, env },
    );
    assert.is(trained.code, 0, trained.stderr);
    assert.match(trained.stderr, /left out 1 row without a value of look/);
    assert.match(
      trained.stderr,
      /--augment-class: heat \d+ training images become \d+ \(flip,resize=0\.6,brightness=0\.2,contrast=0\.2\)/,
    );
    const config = JSON.parse(readFileSync(`${cwd}/run/config.json`, 'utf8')) as Record<string, unknown>;
    assert.equal(
      [config['label'], config['testSplit'], config['augmentClass'], config['classes'], config['imageColumn']],
      ['look', 0.3, 'heat=3', { cold: ['cold'], heat: ['warm'] }, undefined],
    );
    const evaluated = await weftJson<{ count: number; accuracy: number }>('eval run --data things.csv'.split(' '), {
      cwd,
      env,
    });
    assert.equal(evaluated.count, 9);
    assert.ok(evaluated.accuracy > 0.9, `${evaluated.accuracy}`);
    const held = await weftJson<{ count: number }>('eval run --data things.csv --split validation'.split(' '), {
      cwd,
      env,
    });
    assert.equal(held.count, 2);
    const resumed = await weft('train --resume run --epochs 4'.split(' '), { cwd, env });
    assert.is(resumed.code, 0, resumed.stderr);

    const nowhere = { WEFT_CACHE: `${cwd}/things.csv` }; // no folder: nothing is kept
    const table = 'train --model mlp --out other --data things.csv';
    await expectRefusals(cwd, [
      {
        args: table,
        code: 2,
        says: [/things\.csv: which column has the classes/, /--label with one of file, name, look/],
      },
      {
        args: `${table} --label look --augment-class hot=2`,
        code: 2,
        says: [/there is no class "hot"/, /cold, warm/],
        env: nowhere,
      },
      { args: `${table} --label look --augment-class-spec flip`, code: 2, says: [/--augment-class CLASS=K/] },
      {
        args: 'train --model mlp --out other --data synthetic --label look',
        code: 2,
        says: [/--label is for a CSV; synthetic is none/],
      },
      {
        args: 'train --model mlp --out other --data synthetic --keep-duplicates',
        code: 2,
        says: [/--keep-duplicates is for pictures; synthetic has none/],
      },
      { args: 'data check synthetic --near 4', code: 2, says: [/--near is for pictures; synthetic has none/] },
      { args: 'data check things.csv', code: 2, says: [/which column has the classes/] },
      { args: 'data chek things.csv', code: 2, says: [/did you mean data check\?/] },
    ]);
  }));

test.run();
