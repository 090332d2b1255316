/**
 * One picture in many forms has one answer: as JPEG, PNG and WebP, for training, for a question, for colour and for
 * grey networks.
 */
import sharp, { type Sharp } from 'sharp';
import * as assert from 'uvu/assert';
import { checkPictures } from '../../../src/data/pictures/check_pictures.js';
import { decodeQuery } from '../../../src/data/pictures/decode_query.js';
import { loadDataset } from '../../../src/data/load.js';
import { decodeRgba, decodeSquare } from '../../../src/data/pictures/picture.js';
import { withoutGamma } from '../../../src/data/pictures/picture_header.js';
import { suite } from '../../support/harness.js';
import { fails, png } from '../fixtures.js';
import { inCache, noise, spread, twoColours } from '../picture_files.js';

const test = suite('one decoder');

const [WIDTH, HEIGHT] = [48, 40];
/** No two corners alike, so that a wrong turn shows; smooth, so that JPEG keeps it. */
const corners = (channels: 3 | 4): Buffer =>
  Buffer.from(
    Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
      const [x, y] = [(i % WIDTH) / WIDTH, Math.floor(i / WIDTH) / HEIGHT];
      return [40 + 160 * x, 200 - 150 * y, 60 + 100 * x * y, ...(channels === 4 ? [255 - 200 * x] : [])];
    }).flat(),
  );
const drawn = (channels: 3 | 4 = 3): Sharp =>
  sharp(corners(channels), { raw: { width: WIDTH, height: HEIGHT, channels } });

function files(picture: () => Sharp): Promise<Buffer[]> {
  return Promise.all([
    picture().png().toBuffer(),
    picture().webp({ lossless: true }).toBuffer(),
    picture().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(),
  ]);
}

const worst = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), a.length === b.length ? 0 : 256);

/** As a question for a grey and for a colour network, and as a picture to train on. */
async function answers(bytes: Uint8Array): Promise<{ grey: Uint8Array; colour: Uint8Array; training: Uint8Array }> {
  const ask = (channels: number) =>
    decodeQuery(bytes, 'f', { channels, imageSize: 32, side: 32 }).then((q) => q.square);
  return { grey: await ask(1), colour: await ask(3), training: await decodeSquare(bytes, 'f', 32) };
}

async function agree(all: readonly Uint8Array[], levels: number, greyLevels = levels): Promise<void> {
  const [first, ...others] = await Promise.all(all.map(answers));
  for (const { grey, colour, training } of [first, ...others]) {
    assert.ok(
      worst(colour, first.colour) <= levels && worst(training, first.training) <= levels,
      `${worst(colour, first.colour)} and ${worst(training, first.training)} levels apart`,
    );
    assert.ok(worst(grey, first.grey) <= greyLevels, `grey: ${worst(grey, first.grey)} levels apart`);
    assert.ok(worst(colour, training) <= 3, `asked and trained: ${worst(colour, training)} levels apart`);
  }
}

for (let orientation = 1; orientation <= 8; orientation++) {
  test(`EXIF orientation ${orientation}`, async () => {
    const tagged = await files(() => drawn().withMetadata({ orientation }));
    const turned = await drawn()
      .withMetadata({ orientation })
      .png()
      .toBuffer()
      .then((b) => sharp(b).autoOrient().png().toBuffer());
    await agree([turned, ...tagged], 6, 10);
  });
}
test('a Display-P3 profile', async () => agree(await files(() => drawn().withIccProfile('p3')), 6, 10));
test('alpha: the same from PNG and WebP', async () => agree((await files(() => drawn(4))).slice(0, 2), 1, 3));
test('interlaced, 16 bits, grey with alpha, animated: as the plain PNG', async () => {
  const plain = await drawn().png().toBuffer();
  const frames = await sharp([plain, await drawn().negate().png().toBuffer()], { join: { animated: true } })
    .webp({ lossless: true })
    .toBuffer();
  await agree(
    [
      plain,
      await drawn().png({ progressive: true }).toBuffer(),
      await drawn().toColourspace('rgb16').png().toBuffer(),
      frames,
    ],
    1,
    8,
  ); // a level more or less moves the box of the object
  const grey = await drawn().greyscale().toColourspace('b-w').png().toBuffer();
  await agree(
    [grey, await sharp(grey).toColourspace('srgb').png().toBuffer(), await sharp(grey).ensureAlpha().png().toBuffer()],
    1,
    2,
  );
});

/** Rows of one pixel, with the filter byte. */
const wide = (...samples: number[]): Uint8Array => Uint8Array.from([0, ...samples.flatMap((v) => [v >> 8, v & 255])]);
const pixels = async (bytes: Uint8Array): Promise<number[]> => Array.from((await decodeRgba(bytes, 'f')).data);
test('16 bits are rounded to 8, in grey and colour, with alpha, and when trained on', async () => {
  for (const v of [51200, 51199, 51328, 51400, 60000, 65535, 127, 128, 129, 0]) {
    const eight = Math.round(v / 257);
    assert.equal(await pixels(png(1, 1, wide(v), { depth: 16 })), [eight, eight, eight, 255], `grey ${v}`);
    assert.equal(
      await pixels(png(1, 1, wide(v, 0, 65535, v), { depth: 16, colorType: 6 })),
      [eight, 0, 255, eight],
      `colour ${v}`,
    );
    assert.equal(
      [...(await decodeSquare(png(1, 1, wide(v, v, v), { depth: 16, colorType: 2 }), 'f', 1))],
      [eight, eight, eight],
    );
  }
});
const PLTE = ['PLTE', Uint8Array.of(10, 20, 30, 200, 100, 50)] as const;
for (const [name, bytes, expected] of [
  ['1 bit', png(2, 1, Uint8Array.of(0, 0x40), { depth: 1 }), [0, 0, 0, 255, 255, 255, 255, 255]],
  ['2 bits', png(2, 1, Uint8Array.of(0, 0x60), { depth: 2 }), [85, 85, 85, 255, 170, 170, 170, 255]],
  ['4 bits', png(2, 1, Uint8Array.of(0, 0x5a), { depth: 4 }), [85, 85, 85, 255, 170, 170, 170, 255]],
  [
    'palette with tRNS',
    png(2, 1, Uint8Array.of(0, 0x40), { depth: 1, colorType: 3, chunks: [PLTE, ['tRNS', Uint8Array.of(255, 128)]] }),
    [10, 20, 30, 255, 200, 100, 50, 128],
  ],
  [
    'grey with tRNS',
    png(2, 1, Uint8Array.of(0, 77, 78), { chunks: [['tRNS', Uint8Array.of(0, 77)]] }),
    [77, 77, 77, 0, 78, 78, 78, 255],
  ],
  [
    'a gamma that nothing follows',
    png(1, 1, Uint8Array.of(0, 100), { chunks: [['gAMA', Uint8Array.of(0, 1, 0x86, 0xa0)]] }),
    [100, 100, 100, 255],
  ],
] as const)
  test(name, async () => assert.equal(await pixels(bytes), [...expected]));
test('a page’s browser is not shown what only browsers follow', () => {
  const bare = png(1, 1, Uint8Array.of(0, 100), { chunks: [['tEXt', Buffer.from('a\0b')]] });
  const shown = png(1, 1, Uint8Array.of(0, 100), {
    chunks: [
      ['gAMA', Uint8Array.of(0, 1, 0x86, 0xa0)],
      ['cHRM', new Uint8Array(32)],
      ['tEXt', Buffer.from('a\0b')],
    ],
  });
  assert.ok(Buffer.from(withoutGamma(shown)).equals(bare));
});

test('a JPEG that is cut and has an end put on is left out; bytes between its parts cost nothing, and are said', () =>
  inCache(async (data) => {
    await twoColours(data, 2);
    const whole = await noise(90, 60).jpeg().toBuffer();
    const scan = whole.indexOf(Buffer.from([0xff, 0xda]));
    const ended = (bytes: Buffer, share: number): Buffer =>
      Buffer.concat([bytes.subarray(0, bytes.length * share), Buffer.from([0xff, 0xd9])]);
    const cuts = {
      'red/a.jpg': ended(whole, 0.4),
      'red/b.jpg': ended(await sharp(whole).jpeg({ progressive: true }).toBuffer(), 0.4),
    };
    const late = { 'red/c.jpg': ended(whole, 0.97) };
    spread(data, {
      ...cuts,
      ...late,
      'red/d.jpg': Buffer.concat([whole.subarray(0, scan), Buffer.from([1, 2, 3]), whole.subarray(scan)]),
    });
    for (const round of ['decoded', 'from the cache']) {
      const { train, pictures, notes } = await loadDataset(data, { imageSize: 8 });
      assert.equal(
        [train.count, pictures?.unreadable.map((u) => u.file.slice(data.length + 1))],
        [6, Object.keys(cuts)],
        round,
      );
      for (const { reason } of pictures?.unreadable ?? []) assert.match(reason, /^is damaged or truncated \(\w/);
      assert.equal(pictures?.warned, [
        { file: `${data}/red/d.jpg`, warning: 'has 3 bytes that belong to none of its parts' },
      ]);
      assert.match(
        String(notes?.[1]),
        /^used though not as a file should be \(no pixel is lost\): 1 picture: .*d\.jpg has 3 bytes/,
      );
      const checked = pictures === undefined ? null : await checkPictures(pictures, 8);
      assert.equal(
        [checked?.warned.length, checked?.damaged.map((d) => d.file)],
        [1, [`${data}/red/c.jpg`]],
        'data check looks at all of it',
      );
    }
    for (const bytes of Object.values({ ...cuts, ...late }))
      await fails(() => decodeRgba(bytes, 'cut'), 3, /^cut: is damaged or truncated/);
  }));

test.run();
