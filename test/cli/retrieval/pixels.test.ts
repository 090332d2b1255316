/** `weft index --raw-pixels`, `weft similar` and `weft eval-retrieval` as a user runs them. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { designOf } from '../../../src/data/drawn/shoe_design.js';
import { decodePng } from '../../support/png.js';
import { inFolder } from '../../data/fixtures.js';
import { suite } from '../../support/harness.js';
import { weft, weftJson } from '../weft.js';
import { type Indexed, type Measured, type Searched, TABLE, products } from './products.js';

const test = suite('retrieval by pixels');

test('pixels: index, similar with its filters and sheet, measures', () =>
  inFolder(async (cwd) => {
    const at = { cwd, env: { WEFT_CACHE: `${cwd}/cache` } };
    await products(cwd);
    const made = await weftJson<Indexed>(['index', '--raw-pixels', '8', ...TABLE, '--out', 'pixels'], at);
    assert.equal(
      [made.count, made.width, made.columns],
      [12, 192, ['sort', 'name', 'brand']],
      'the copy and the hat are left out',
    );
    assert.equal(made.brands, {
      found: [
        ['Acme', 6],
        ['Bolt', 6],
      ],
      unplaced: [],
    });
    const { searched, results } = await weftJson<Searched>(
      'similar pixels shop/images/2.png shop/images/7.png --k 5 --out found.png'.split(' '),
      at,
    );
    assert.is(searched, 12);
    for (const [q, { files, similar }] of results.entries()) {
      assert.equal(
        similar.map((s) => s.label),
        new Array<string>(5).fill(q === 0 ? 'left' : 'right'),
      );
      assert.equal([similar.length, similar.some((s) => s.id === files[0])], [5, false], 'not itself');
      assert.ok(similar.every((s, i) => s.score <= 1 + 1e-6 && (i === 0 || s.score <= similar[i - 1].score)));
    }
    const sheet = decodePng(readFileSync(`${cwd}/found.png`));
    assert.equal([sheet.width, sheet.height], [6 * 130 + 2, 2 * (132 + 15)]); // a line of names below each
    const filtered = await weftJson<Searched>(
      'similar pixels shop/images/2.png --k 20 --filter kind=right --exclude-same-brand'.split(' '),
      at,
    );
    assert.equal(
      [filtered.searched, filtered.results[0].similar.map((s) => [s.label, s.columns['brand']])],
      [
        6,
        [
          ['right', 'Bolt'],
          ['right', 'Bolt'],
          ['right', 'Bolt'],
        ],
      ],
    );
    const elsewhere = await weft(
      'similar ../pixels images/2.png --k 12 --exclude-same-brand --brand acme --out sheet.png'.split(' '),
      { ...at, cwd: `${cwd}/shop` },
    );
    assert.match(elsewhere.stdout, /Bolt High 7 +images\/7\.png\n/, 'from another folder, the brand in another case');
    assert.not.match(elsewhere.stdout + elsewhere.stderr, /Acme|left grey/);
    const mixed = await weft(
      'similar pixels shop/products.csv shop/images/2.png nothing-*.png --k 2 --json'.split(' '),
      at,
    );
    assert.is(mixed.code, 3);
    const some = JSON.parse(mixed.stdout) as Searched & { errors: { file: string; error: string }[] };
    assert.equal(
      [some.results.map((r) => r.files), some.errors.map((e) => e.file).sort()],
      [[['shop/images/2.png']], ['nothing-*.png', 'shop/products.csv']],
    );
    assert.match(mixed.stderr, /2 files, folders or patterns could not be read; the others are answered/);
    const together = await weftJson<Searched>(
      'similar pixels shop/images/2.png shop/images/4.png --k 3 --same-product'.split(' '),
      at,
    );
    assert.equal(
      together.results.map((r) => [r.files.length, r.similar.map((s) => s.label)]),
      [[2, ['left', 'left', 'left']]],
    );
    const measured = await weftJson<Measured>('eval-retrieval pixels --label kind'.split(' '), at);
    assert.equal([measured.queries, measured.recall, measured.meanAveragePrecision], [12, { 1: 1, 5: 1, 10: 1 }, 1]);
    const others = await weftJson<Measured>('eval-retrieval pixels --label kind --exclude-same-brand'.split(' '), at);
    assert.equal([others.queries, others.recall[1], others.chance], [12, 1, 0.5], '3 of the other 6 are of the kind');
    const none = await weftJson<Measured>('eval-retrieval pixels --label brand --exclude-same-brand'.split(' '), at);
    assert.equal([none.queries, none.alone], [0, 12]);
    const { stdout } = await weft('eval-retrieval pixels --label brand --queries 4'.split(' '), at);
    const ofTest = await weftJson<Measured>('eval-retrieval pixels --label kind --part test'.split(' '), at);
    assert.equal([ofTest.queries, ofTest.recall[1]], [2, 1], 'a fifth of each class asks, all are searched');
    assert.match(stdout, /brand +queries +recall@1 +recall@5 +recall@10 +mAP\n-[- ]+\nall +4 /);
  }));

test('drawn shoes: brand and kind are columns, and other brands are searched', () =>
  inFolder(async (cwd) => {
    const made = await weftJson<Indexed>('index --raw-pixels 8 --data shoes:3x4 --out shoes'.split(' '), { cwd });
    assert.equal([made.count, made.columns], [120, ['brand', 'kind']]);
    const ask = (args: string): Promise<Measured> =>
      weftJson(`eval-retrieval shoes --part test ${args}`.split(' '), { cwd });
    assert.equal([(await ask('--label brand')).queries, (await ask('--label class')).queries], [24, 24]);
    assert.equal((await ask('--exclude-same-brand')).alone, 24, 'a product is of one brand');
    const kinds = await ask('--label kind --exclude-same-brand');
    const own = Array.from({ length: 12 }, (_, p) => designOf(0, p % 3, Math.floor(p / 3)).kind);
    const alone = own.filter((kind, p) => !own.some((other, o) => o % 3 !== p % 3 && other === kind)).length;
    assert.equal([kinds.queries, kinds.alone], [2 * (12 - alone), 2 * alone]);
  }));

test.run();
