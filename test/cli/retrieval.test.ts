/** `weft index`, `weft similar` and `weft eval-retrieval` as a user runs them. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { decodePng } from '../support/png.js';
import { sealJson } from '../../src/device/integrity.js';
import type { PageManifest } from '../../src/retrieval/page_manifest.js';
import { pictureOf, type Catalogue } from '../../src/retrieval/catalogue.js';
import { inFolder } from '../data/fixtures.js';
import { halves, plain, spread } from '../data/picture_files.js';
import { suite } from '../support/harness.js';
import { expectRefusals, weft, weftJson, type Refusal } from './weft.js';

const test = suite('retrieval at the command line');

interface Indexed {
  readonly count: number;
  readonly width: number;
  readonly columns: readonly string[];
  readonly brands: null | {
    readonly found: readonly (readonly [string, number])[];
    readonly unplaced: readonly string[];
  };
}
interface Searched {
  readonly searched: number;
  readonly results: readonly {
    files: string[];
    similar: { id: string; score: number; label: string; columns: Record<string, string> }[];
  }[];
}
interface Measured {
  readonly queries: number;
  readonly recall: Record<string, number>;
  readonly meanAveragePrecision: number;
}

/**
 * Twelve pictures: left half dark in `left`, right half dark in `right`, of two brands and several shades. Two files
 * are one picture.
 */
async function products(cwd: string): Promise<void> {
  const lines = ['file,kind,sort,name'];
  for (let i = 0; i < 12; i++) {
    const isLeft = i % 2 === 0;
    const [dark, light] = [
      [10 + i, 20, 30],
      [250 - 3 * i, 240, 230],
    ] as const;
    const picture = isLeft ? halves(40, 40, dark, light) : halves(40, 40, light, dark);
    spread(cwd, { [`shop/images/${i}.png`]: await picture.png().toBuffer() });
    lines.push(`${i}.png,${isLeft ? 'left' : 'right'},shoe,${i < 6 ? 'Acme' : 'Bolt'} ${isLeft ? 'Low' : 'High'} ${i}`);
  }
  spread(cwd, {
    'shop/images/copy.png': readFileSync(`${cwd}/shop/images/0.png`),
    'shop/images/hat.png': await plain(40, 40, [9, 9, 9]).png().toBuffer(),
  });
  lines.push('copy.png,left,shoe,Acme Low 0', 'hat.png,left,hat,Nobody');
  spread(cwd, { 'shop/products.csv': lines.join('\n') });
}

const TABLE = '--data shop/products.csv --label kind --where sort=shoe --brand-from name'.split(' ');

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
    assert.equal([sheet.width, sheet.height], [6 * 130 + 2, 2 * 130 + 2]);
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
    const { stdout } = await weft('eval-retrieval pixels --label brand --queries 4'.split(' '), at);
    const ofTest = await weftJson<Measured>('eval-retrieval pixels --label kind --part test'.split(' '), at);
    assert.equal([ofTest.queries, ofTest.recall[1]], [2, 1], 'a fifth of each class asks, all are searched');
    assert.match(stdout, /brand +queries +recall@1 +recall@5 +recall@10 +mAP\n-[- ]+\nall +4 /);
  }));

/** Paths of all files below a folder. */
function filesOf(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => !statSync(`${folder}/${name}`).isDirectory())
    .sort();
}

test('a run: its own sizes and columns, a page with them; other weights are refused', () =>
  inFolder(async (cwd) => {
    const at = { cwd, env: { WEFT_CACHE: `${cwd}/cache` } };
    await products(cwd);
    const train =
      '--model convbn --epochs 2 --batch 4 --data shop/products.csv --label kind --where sort=shoe --test-split ' +
      '0 --keep-duplicates --image-size 16 --crop 12 --out run';
    assert.is((await weft(['train', ...train.split(' ')], at)).code, 0);
    const made = await weftJson<Indexed>('index run --data shop/products.csv --out own'.split(' '), at);
    assert.equal([made.count, made.width, made.columns, made.brands], [13, 128, ['sort', 'name'], null]);
    const manifest = JSON.parse(readFileSync(`${cwd}/own/manifest.json`, 'utf8')) as {
      source: object;
      reading: object;
      weft_sha256: string;
    };
    assert.equal(manifest.reading, {
      data: 'shop/products.csv',
      seed: 0,
      imageSize: 16,
      crop: 12,
      label: 'kind',
      where: 'sort=shoe',
      testSplit: 0,
      keepDuplicates: true,
    });
    const { results } = await weftJson<Searched>('similar own shop/images/copy.png --k 12'.split(' '), at);
    assert.equal(
      [results[0].similar.length, results[0].similar.some((s) => s.id.endsWith('/0.png'))],
      [11, false],
      'its copy in the index is itself',
    );
    const layer = await weftJson<Indexed>('index run --data shop/products.csv --layer fc --out logits'.split(' '), at);
    assert.is(layer.width, 2);
    const page = await weftJson<{ files: string[]; pictures: number; missing: string[] }>(
      'page run --index own --out site'.split(' '),
      at,
    );
    assert.equal(
      [page.pictures, page.missing, page.files.filter((name) => /safetensors|json$/.test(name))],
      [13, [], ['model.safetensors', 'index.safetensors', 'index.json', 'page.json']],
    );
    const { index, weights } = JSON.parse(readFileSync(`${cwd}/site/page.json`, 'utf8')) as PageManifest;
    assert.equal(
      [index?.weights, index?.features.bytes],
      [weights, readFileSync(`${cwd}/own/features.safetensors`).length],
      'the same network is there once',
    );
    const catalogue = JSON.parse(readFileSync(`${cwd}/site/index.json`, 'utf8')) as Catalogue;
    for (let row = 0; row < 13; row++) assert.ok(existsSync(`${cwd}/site/${pictureOf(catalogue, row)}`));
    assert.not.match(JSON.stringify(catalogue), /shop|run\//, 'where the files are is nobody’s business');
    rmSync(`${cwd}/shop/images/3.png`);
    assert.match(
      (await weft('similar own shop/images/5.png --out found.png'.split(' '), at)).stderr,
      /left grey: .*3\.png[\s\S]*pictures: found\.png/,
    );
    assert.match(
      (await weft('index run --data ./shop/products.csv --label name --out named'.split(' '), at)).stderr,
      /has another than the run \(--label is not its\)/,
    );
    assert.equal(
      (
        await weftJson<{ pictures: number; missing: string[] }>(
          'page run --index own --out site --force'.split(' '),
          at,
        )
      ).missing.map((why) => why.includes('3.png')),
      [true],
    );
    for (const name of filesOf(`${cwd}/site`).filter((f) => /^[^/]*\.(json|safetensors)$/.test(f)))
      assert.not.match(
        readFileSync(`${cwd}/site/${name}`, 'latin1'),
        /shop|sort=|products\.csv|keepDuplicates/,
        `${name}: where the data is and how it was read is nobody’s business`,
      );
    // Without an index: what came with it is gone, what others have put there is not.
    spread(cwd, {
      'site/notes.txt': 'mine',
      'site/pictures/mine.png': 'mine',
      'site/assets/index-0a_Z-9xy.js': 'of an earlier build',
      'site/assets/mine.js': 'mine',
    });
    await weftJson('page run --out site --force'.split(' '), at);
    assert.equal(
      filesOf(`${cwd}/site`).filter((name) => !/^assets\/(index|icon)-/.test(name)),
      ['assets/mine.js', 'index.html', 'model.safetensors', 'notes.txt', 'page.json', 'pictures/mine.png'],
    );
    assert.is(filesOf(`${cwd}/site/assets`).length, 4, 'three of this build');
    const refused = (args: string, code: number, ...says: RegExp[]): Refusal => ({ args, code, says, env: at.env });
    const { weft_sha256: _, ...bare } = manifest;
    spread(cwd, {
      'elsewhere/manifest.json': sealJson(
        JSON.stringify({ ...bare, source: { ...manifest.source, digest: 'ab'.repeat(32) } }),
      ),
      'elsewhere/features.safetensors': readFileSync(`${cwd}/own/features.safetensors`),
    });
    await expectRefusals(cwd, [
      refused('page run --out site', 2, /site holds a page already/, /--force/),
      refused('page run --out shop', 2, /shop is not empty and holds no page/, /another --out/),
      refused(
        'page run --index elsewhere --out other',
        7,
        /holds other weights than those the index was made with/,
        /--weights FILE/,
      ),
      refused(
        'serve run --index elsewhere --weights none.safetensors --port 0',
        7,
        /none\.safetensors: there is no such file of weights/,
      ),
      refused('page run --index shop --out other', 3, /shop: holds no index/),
      refused('serve run --weights run/best.safetensors --port 0', 2, /--weights says where those of an index are/),
    ]);
    writeFileSync(`${cwd}/run/best.safetensors`, readFileSync(`${cwd}/own/features.safetensors`));
    await expectRefusals(cwd, [
      {
        args: 'similar own shop/images/0.png',
        code: 7,
        says: [/holds other weights than those the index was made with/],
        env: at.env,
      },
    ]);
  }));

test('what is refused', () =>
  inFolder(async (cwd) => {
    const env = { WEFT_CACHE: `${cwd}/cache` };
    await products(cwd);
    assert.is((await weft(['index', '--raw-pixels', '8', ...TABLE, '--out', 'pixels'], { cwd, env })).code, 0);
    const refused = (args: string, code: number, ...says: RegExp[]): Refusal => ({ args, code, says, env });
    await expectRefusals(cwd, [
      refused('index --data shop/products.csv --label kind --out x', 2, /whose vectors\?/),
      refused(
        'index run --raw-pixels 8 --data shop/products.csv --out x',
        2,
        /--raw-pixels is what the run says itself/,
      ),
      refused(
        'index --raw-pixels 8 --crop 4 --data shop/products.csv --out x',
        2,
        /--crop says nothing with --raw-pixels/,
      ),
      refused(
        'index --raw-pixels 8 --data shop/products.csv --label kind --out pixels',
        2,
        /pixels holds an index already/,
      ),
      refused(
        'index --raw-pixels 8 --data shop/products.csv --label kind --where colour=red --out x',
        3,
        /has no column "colour"/,
      ),
      refused(
        'index --raw-pixels 8 --data shop/products.csv --label kind --where sort --out x',
        2,
        /--where "sort" is no list of column=value/,
      ),
      refused(
        'index --raw-pixels 8 --data shop/products.csv --label kind --where sort=bag --out x',
        3,
        /no rows that name a picture and its kind; left out 14 rows that are not sort=bag/,
      ),
      refused(
        'index --raw-pixels 8 --data shop/products.csv --label kind --where sort=shoe --brand-from maker --out x',
        3,
        /no column "maker" of names/,
      ),
      refused(
        'index --model squeezenet1_1 --pretrained none.safetensors --data shop/products.csv --label kind --out x',
        7,
        /none\.safetensors: there is no such file/,
      ),
      refused('similar shop shop/images/0.png', 3, /shop: holds no index/),
      refused('similar pixels shop/images/0.png --filter kind=boot', 3, /nothing in it has kind=boot/),
      refused(
        'similar pixels shop/images/0.png --filter shape=boot',
        3,
        /has no column "shape"/,
        /it has kind, sort, name, brand/,
      ),
      refused('similar pixels shop/images/0.png --brand Acme', 2, /--brand says which brand to leave out/),
      refused(
        'similar pixels shop/images/0.png --exclude-same-brand --brand Acne',
        3,
        /has no brand "Acne"/,
        /did you mean Acme\?/,
      ),
      refused(
        'similar pixels shop/images/hat.png --exclude-same-brand',
        2,
        /the brand of shop\/images\/hat\.png is not known: it is not in the index/,
      ),
      refused('similar pixels shop/products.csv', 3, /is no JPEG, PNG or WebP picture/),
      refused('similar pixels shop/images/0.png --k 201', 2, /--k "201"/),
      refused('eval-retrieval pixels --label shape', 3, /has no column "shape"/),
    ]);
  }));

test.run();
