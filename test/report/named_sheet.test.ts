/** Contact sheets with names. */
import * as assert from 'uvu/assert';
import { namedSheet } from '../../src/report/named_sheet.js';
import { decodePng } from '../support/png.js';
import { suite } from '../support/harness.js';

const test = suite('named sheets');

/** Four grey images of 40x40 pixels, of 50, 100, 150 and 200. */
const DATA = {
  channels: 1,
  height: 40,
  width: 40,
  images: Uint8Array.from({ length: 4 * 1600 }, (_, i) => 50 * (1 + Math.floor(i / 1600))),
};
const ROWS = [[0, 1, 2], [3], []];

type Sheet = ReturnType<typeof decodePng>;
const at = ({ data, width }: Sheet, x: number, y: number): number => data[4 * (y * width + x)];

/** How many pixels of a part are neither white nor a tile's. */
function inked(sheet: Sheet, [x0, x1]: readonly [number, number], [y0, y1]: readonly [number, number]): number {
  let count = 0;
  for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) if (at(sheet, x, y) < 128) count++;
  return count;
}

test('without names it is pictures alone, pixel for pixel', async () => {
  const sheet = decodePng(await namedSheet(DATA, { rows: ROWS }));
  assert.equal([sheet.width, sheet.height], [3 * 82 + 2, 3 * 84]);
  assert.equal(
    [at(sheet, 2, 2), at(sheet, 81, 81), at(sheet, 84, 2), at(sheet, 166, 40), at(sheet, 2, 86), at(sheet, 82, 2)],
    [50, 50, 100, 150, 200, 64],
  );
  assert.is(at(sheet, 200, 100), 255, 'nothing where a row has ended');
});

test('names stand before their rows, captions below their pictures; text that looks like markup is text', async () => {
  const names = ['<b>hat</b> & "cap"', 'a class whose name is much too long to be shown whole', 'shoe'];
  const captionOf = (i: number): string | null => (i === 1 ? null : `</text><image-${i}.jpg`);
  const sheet = decodePng(await namedSheet(DATA, { rows: ROWS, names, captionOf }));
  const margin = sheet.width - (3 * 82 + 2);
  assert.ok(margin > 100 && margin < 220, `${margin}`);
  assert.is(sheet.height, 3 * (84 + 15));
  assert.equal([at(sheet, margin + 2, 2), at(sheet, margin + 84, 2)], [50, 100]);
  for (const row of [0, 1, 2]) assert.ok(inked(sheet, [0, margin - 4], [row * 99, row * 99 + 84]) > 20, `row ${row}`);
  const below = (k: number, row: number): number =>
    inked(sheet, [margin + 2 + k * 82, margin + 80 + k * 82], [row * 99 + 86, row * 99 + 99]);
  assert.ok(below(0, 0) > 20 && below(2, 0) > 20 && below(0, 1) > 20);
  assert.equal([below(1, 0), below(1, 1)], [0, 0]);
});

test('small pictures have no room for captions', async () => {
  const small = { ...DATA, height: 20, width: 20 };
  const sheet = decodePng(await namedSheet(small, { rows: [[0, 1]], captionOf: () => 'name.png' }));
  assert.equal([sheet.width, sheet.height], [2 * 42 + 2, 44]);
});

test.run();
