/** What `weft data check` has found in files is kept by their contents. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { PictureReport } from '../../../src/data/dataset.js';
import { loadDataset } from '../../../src/data/load.js';
import { checkPictures } from '../../../src/data/pictures/check_pictures.js';
import { onNotice } from '../../../src/device/notices.js';
import { suite } from '../../support/harness.js';
import { inCache, twoColours } from '../picture_files.js';

const test = suite('known looks');

test('a file is looked at once, until its contents or what is known of them change', () =>
  inCache(async (folder, cache) => {
    await twoColours(folder, 3);
    const torn = readFileSync(join(folder, 'blue/1.jpg'));
    // it may miss a few pixels, or be refused
    writeFileSync(join(folder, 'blue/2.jpg'), torn.subarray(0, torn.length - 12));
    const report = async (): Promise<PictureReport> =>
      (await loadDataset(folder, { imageSize: 8 })).pictures as PictureReport;
    let looked = 0;
    const check = async (pictures: PictureReport, side = 8): ReturnType<typeof checkPictures> => {
      looked = 0;
      return checkPictures(pictures, side, () => looked++);
    };
    const pictures = await report();
    const first = await check(pictures);
    assert.is(looked, pictures.files.length);
    assert.equal(await check(pictures), first);
    assert.is(looked, 0);
    assert.equal([(await check(pictures, 21)).enlarged, (await check(pictures, 8)).enlarged], [2, 0], 'as it is asked');
    assert.is(looked, 0, 'of another size');

    const looks = join(cache, '../looks');
    const [file] = readdirSync(looks);
    writeFileSync(join(looks, file), readFileSync(join(looks, file), 'utf8').replace('"width":24', '"width":25'));
    const said: string[] = [];
    const before = onNotice((text) => said.push(text));
    assert.equal(await check(pictures), first, 'damaged');
    before();
    assert.is(looked, pictures.files.length);
    assert.match(said.join(), /the files are looked at again/);

    rmSync(looks, { recursive: true });
    rmSync(join(folder, 'red/0.png'));
    assert.is((await check(pictures)).tiny.length, first.tiny.length - 1, 'a file that has gone since is not small');
    assert.equal(readdirSync(join(cache, '..')).includes('looks'), false, 'and nothing is kept');
    await check(await report());
    assert.is(looked, pictures.files.length - 1, 'other files');
  }));

test.run();
