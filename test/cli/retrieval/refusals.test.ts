/** What `weft index`, `weft similar` and `weft eval-retrieval` refuse. */
import * as assert from 'uvu/assert';
import { inFolder } from '../../data/fixtures.js';
import { suite } from '../../support/harness.js';
import { expectRefusals, weft, type Refusal } from '../weft.js';
import { TABLE, products } from './products.js';

const test = suite('retrieval: refusals');

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
      refused(
        'similar pixels shop/images/0.png --exclude-same-brand --brand-column maker',
        3,
        /has no column "maker" of brands/,
        /name another of its columns \(kind, sort, name, brand\) with --brand-column/,
      ),
      refused('similar pixels shop/products.csv', 3, /is no JPEG, PNG or WebP picture/),
      refused('similar pixels shop/images/0.png --k 201', 2, /--k "201"/),
      refused('eval-retrieval pixels --label shape', 3, /has no column "shape"/),
      refused(
        'eval-retrieval pixels --exclude-same-brand --brand-column maker',
        3,
        /has no column "maker" of brands/,
        /--brand-column, or make the index with --brand-from/,
      ),
    ]);
  }));

test.run();
