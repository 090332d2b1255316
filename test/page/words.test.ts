/** The page's words: every language has all of them, and says them in its own letters. */
import * as assert from 'uvu/assert';
import { EMPTY, requirePicture } from '../../src/data/pictures/picture_header.js';
import { FASHION_CLASSES } from '../../src/data/dataset.js';
import { EN } from '../../src/page/words/en.js';
import { errorIn } from '../../src/page/words/errors.js';
import { figuresOf } from '../../src/page/words/figures.js';
import { KO } from '../../src/page/words/ko.js';
import { filesBelow, text } from '../architecture/source.js';
import { suite } from '../support/harness.js';

const test = suite('words of the page');

type Said = string | ((...values: unknown[]) => string);

/** All texts, by their paths. Numbers and errors have tests of their own. */
function leaves(part: object, path = ''): Map<string, Said> {
  const all = new Map<string, Said>();
  for (const [key, value] of Object.entries(part) as [string, Said | object][]) {
    if (path === '' && (key === 'figures' || key === 'errors')) continue;
    if (typeof value === 'object') for (const [name, said] of leaves(value, `${path}${key}.`)) all.set(name, said);
    else all.set(path + key, value);
  }
  return all;
}

const english = leaves(EN);
const korean = leaves(KO);

/** A text with something in the place of what varies. */
function sample(said: Said): string {
  if (typeof said === 'string') return said;
  for (const value of [3, '3', ['3', '3']]) {
    try {
      return said(...Array.from({ length: said.length }, () => value));
    } catch {
      // it wants something else
    }
  }
  throw new Error(`no sample of ${String(said)}`);
}

/** What is written in Latin letters in any language. */
const NAMES =
  /\b(Weft|weft( [a-z]+(, [a-z]+)*)?|WebGPU|GPU|JPEG|PNG|WebP|ONNX|zip|CSV|JavaScript|https?|Chrome|Edge|Safari|Firefox|(Control|Ctrl)-(Enter|Z)|Ctrl|Tab|Escape|Page Up|Page Down|[\w.]+\.(safetensors|json)|M?i?B|ms)(?![A-Za-z])/g;

test('both have the same keys, and functions of as many values', () => {
  assert.equal([...korean.keys()], [...english.keys()]);
  for (const [path, said] of english) {
    const other = korean.get(path);
    assert.is(typeof other, typeof said, path);
    if (typeof said === 'function' && typeof other === 'function') assert.is(other.length, said.length, path);
  }
});

test('Korean is in Hangul, with Latin letters in names only; English has no Hangul', () => {
  for (const [path, said] of korean) {
    const told = sample(said);
    if (/\p{L}/u.test(told.replace(NAMES, ''))) assert.match(told, /\p{Script=Hangul}/u, path);
    assert.equal(told.replace(NAMES, '').match(/[A-Za-z]+/g), null, `${path}: ${told}`);
  }
  for (const [path, said] of english) assert.not.match(sample(said), /\p{Script=Hangul}/u, path);
});

test('nothing is undefined, empty or no number where something varies', () => {
  for (const all of [english, korean])
    for (const [path, said] of all) {
      assert.not.match(sample(said), /undefined|null|NaN|\[object|^\s*$/, path);
      if (typeof said === 'function' && said.length > 0) assert.match(sample(said), /3/, path);
    }
});

const sources = filesBelow('src/page').filter((file) => /\.(ts|html)$/.test(file) && !/\/words\/(en|ko)\b/.test(file));
const used = sources.map((file) => text(file)).join('\n');
/** Looked up by what a layer is. */
const BY_KIND = ['open.avg_pool2d', 'open.max_pool2d', 'open.sum', 'open.mean', 'open.largest'];

test('every text is used', () => {
  const unused = [...english.keys()].filter(
    (path) => path.includes('.') && !path.startsWith('garments.') && !BY_KIND.includes(path) && !used.includes(path),
  );
  assert.equal(unused, []);
  for (const path of BY_KIND) assert.ok(english.has(path), path);
  assert.equal(Object.keys(EN.garments), FASHION_CLASSES);
});

test('numbers as the languages write them', () => {
  const { whole, fixed, percent, signed, cell, duration } = figuresOf('en', ' %');
  assert.equal(
    [whole(12345), fixed(1.005, 1), percent(0.98765), signed(-0.5), signed(0.0001), cell(-0.0001), duration(0.01234)],
    ['12,345', '1.0', '98.8 %', '−0.500', '1.0e−4', '−0.000', '12.3 µs'],
  );
  assert.is(duration(12.345), '12.3 ms');
  assert.is(KO.figures.percent(0.98765), '98.8%');
});

/** The message and the help of what is thrown. */
function refusal(bytes: Uint8Array): { readonly message: string; readonly fix?: string } {
  try {
    requirePicture(bytes, 'a.png');
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was taken');
}

test('what is said of a refused picture is Korean in Korean, and the engine’s own words in English', () => {
  const png = (width: number): Uint8Array => {
    const bytes = new Uint8Array(45);
    bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const view = new DataView(bytes.buffer);
    view.setUint32(16, width);
    view.setUint32(20, width);
    bytes.set([0x49, 0x45, 0x4e, 0x44], 37); // an end chunk after the header's
    view.setUint32(8, 13);
    bytes[24] = 8; // bits a sample: no row of them is there
    return bytes;
  };
  const said = [new Uint8Array(0), Uint8Array.of(1, 2), png(5), png(0), png(60000), new Uint8Array(21e6)].map(refusal);
  assert.match(said[0].message, EMPTY);
  assert.is(new Set(said.map(({ message }) => message)).size, 6);
  for (const { message, fix } of said) {
    assert.is(errorIn(EN.errors, message, fix), `${message}. To mend it: ${fix}.`);
    const told = errorIn(KO.errors, message, fix);
    assert.match(told, /^a\.png: .*\p{Script=Hangul}.*\.$/u);
    assert.equal(
      told
        .replace('a.png', '')
        .replace(NAMES, '')
        .replace(/\d+x\d+/, '')
        .match(/[A-Za-z]+/g),
      null,
      told,
    );
  }
  assert.match(errorIn(KO.errors, 'something else', 'do so'), /^문제가 .*: something else\. .*: do so\.$/);
});

test('every message that Korean knows is one that the engine, the worker or the server says', () => {
  const engine = ['src/data/pictures', 'src/page/worker', 'src/cli/serve']
    .flatMap(filesBelow)
    .map((file) => text(file))
    .join('\n');
  for (const [pattern] of KO.errors.known) {
    const [longest = ''] = (pattern.source.match(/[A-Za-z ,;]+/g) ?? [])
      .map((part) => part.trim())
      .sort((a, b) => b.length - a.length);
    assert.ok(longest.length > 5 && engine.includes(longest), `${pattern.source}: ${longest}`);
  }
});

test.run();
