/** The index of a run: its own sizes and columns, and the page that is made with it. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { packageFolder } from '#platform';
import { sealJson } from '../../../src/device/files/integrity.js';
import { parsePageManifest } from '../../../src/retrieval/page_manifest.js';
import { pictureOf, type Catalogue } from '../../../src/retrieval/catalogue.js';
import { inFolder } from '../../data/fixtures.js';
import { spread } from '../../data/picture_files.js';
import { suite } from '../../support/harness.js';
import { expectRefusals, weft, weftJson, type Refusal } from '../weft.js';
import { type Indexed, type Searched, products } from './products.js';

const test = suite('retrieval by a run');

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
    const { runs, index } = parsePageManifest(readFileSync(`${cwd}/site/page.json`, 'utf8'), 'page.json');
    assert.equal(
      [index?.weights, index?.features.bytes],
      [runs[0].weights, readFileSync(`${cwd}/own/features.safetensors`).length],
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
      'site/assets/learn-0a_Z-9xy.js': 'of an earlier build',
      'site/assets/engine-0a_Z-9xy.js': 'of an earlier build',
      'site/own/model.js': 'of an earlier page',
      'site/model-2.safetensors': 'of an earlier page',
      'site/backbone.safetensors': 'of an earlier page',
      'site/assets/mine.js': 'mine',
    });
    // An earlier build had a file that this one has not.
    const before = JSON.parse(readFileSync(`${cwd}/site/page.json`, 'utf8')) as { files: object[] };
    before.files.push({ name: 'assets/chunk-0a_Z-9xy.js', bytes: 1, digest: 'ab'.repeat(32) });
    spread(cwd, { 'site/assets/chunk-0a_Z-9xy.js': '1', 'site/page.json': JSON.stringify(before) });
    await weftJson('page run --out site --force'.split(' '), at);
    const built = filesOf(packageFolder('dist/page'));
    assert.equal(
      filesOf(`${cwd}/site`).filter((name) => !name.startsWith('assets/') || !built.includes(name)),
      [
        'assets/mine.js',
        'index.html',
        'manifest.webmanifest',
        'model.safetensors',
        'notes.txt',
        'page.json',
        'pictures/mine.png',
        'sw.js',
        'worker.js',
      ],
    );
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

test.run();
