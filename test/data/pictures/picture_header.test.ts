/** What is refused before anything decodes it. */
import sharp from 'sharp';
import * as assert from 'uvu/assert';
import { requirePicture } from '../../../src/data/pictures/picture_header.js';
import { DataError } from '../../../src/device/errors.js';
import { suite } from '../../support/harness.js';

const test = suite('picture header');

function encoded(format: 'png' | 'jpeg' | 'webp', options: object = {}): Promise<Uint8Array> {
  return sharp({ create: { width: 37, height: 21, channels: 3, background: '#c33' } })
    .toFormat(format, options)
    .toBuffer();
}

for (const [format, options] of [
  ['png', {}],
  ['jpeg', {}],
  ['jpeg', { progressive: true }],
  ['webp', {}],
  ['webp', { lossless: true }],
] as const) {
  test(`${format} ${JSON.stringify(options)}: its size, and its end`, async () => {
    const bytes = await encoded(format, options);
    assert.equal(requirePicture(bytes, 'a'), { width: 37, height: 21 });
    assert.throws(() => requirePicture(bytes.subarray(0, bytes.length - 13), 'cut'), /cut: is damaged or truncated/);
    for (let length = 1; length < bytes.length; length += 7)
      assert.throws(
        () => requirePicture(bytes.subarray(0, length), 'cut'),
        (error: unknown) => error instanceof DataError,
      );
  });
}

test('a WebP with an alpha channel has the extended header', async () => {
  const bytes = await sharp({ create: { width: 5, height: 300, channels: 4, background: '#c338' } })
    .webp()
    .toBuffer();
  assert.equal(requirePicture(bytes, 'a'), { width: 5, height: 300 });
});

test('a header that promises 60,000 x 60,000 pixels is enough', async () => {
  const png = new Uint8Array(await encoded('png'));
  new DataView(png.buffer).setUint32(16, 60000);
  new DataView(png.buffer).setUint32(20, 60000);
  assert.throws(() => requirePicture(png.subarray(0, 40), 'huge.png'), /huge\.png: has 60000x60000 pixels/);
});

for (const [name, bytes, says] of [
  ['an SVG', new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>'), /is no JPEG, PNG or WebP/],
  ['nothing', new Uint8Array(), /is empty/],
  ['too much', new Uint8Array(20e6 + 1), /has 20\.0 MB, at most 20 MB/],
] as const)
  test(`${name} is refused`, () => assert.throws(() => requirePicture(bytes, 'a.jpg'), says));

test.run();
