/** Text from data, prepared for each place where it is shown. */
import * as assert from 'uvu/assert';
import { parseCsv } from '../../src/data/tables/csv_fields.js';
import { csvField } from '../../src/text/csv.js';
import { fileName, fileNames } from '../../src/text/file_name.js';
import { forMarkdown, markdownCode } from '../../src/text/markdown.js';
import { forJson, visible, visibleLines } from '../../src/text/visible.js';
import { columnsOf, shortened, shortenedApart } from '../../src/text/width.js';
import { suite } from '../support/harness.js';

const test = suite('visible');

/** What names of classes may hold, at its worst. */
const NASTY = [
  '\u001b[31mred',
  'nul\0',
  '\ufffe',
  '\ud800',
  '\u202eevil',
  'zero\u200bwidth',
  '\u009b2J',
  'a\nb',
  'bell\u0007',
  '\u2028',
  '\u{e0001}',
];

test('nothing that moves, turns or hides is left in a line', () => {
  const hidden = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]/u;
  for (const text of NASTY) assert.not.match(visible(text), hidden, JSON.stringify(text));
  assert.equal(['\u001b[31mred', 'a\nb\t', '\u202e', '\ud800', '\u{e0001}'].map(visible), [
    '\\u001b[31mred',
    'a\\nb\\t',
    '\\u202e',
    '\\ud800',
    '\\u{e0001}',
  ]);
  assert.is(visibleLines('a\n\tb\r\u001b'), 'a\n\tb\\u000d\\u001b');
});

test('what belongs to a script or an emoji stays', () => {
  for (const text of [
    'Ankle boot',
    '靴',
    'שלום',
    'می\u200cخواهم',
    'क्\u200dष',
    '👨\u200d👩\u200d👧',
    '❤\ufe0f',
    '👍🏽',
    '1\ufe0f\u20e3',
    '\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
    'e\u0301',
    '葛\u{e0100}',
  ])
    assert.is(visible(text), text);
  for (const text of ['pass\u200dword', 'a\ufe0f\ufe0f', '\u200d👩', 'x\u{e0100}', '\ufe0f'])
    assert.not(visible(text) === text, JSON.stringify(text));
});

test('columns: 2 for wide ones, 0 for marks; texts are cut between letters', () => {
  assert.equal(
    ['boot', '靴子', '👨\u200d👩\u200d👧', 'e\u0301a', 'ｱ', 'Ａ', '한글', '❤\ufe0f', 'שלום', ''].map(columnsOf),
    [4, 4, 2, 2, 1, 2, 4, 2, 4, 0],
  );
  assert.equal(
    [shortened('靴子鞋帽', 5), shortened('abcdef', 6), shortened('abcdefg', 6), shortened('👨\u200d👩\u200d👧👍🏽x', 4)],
    ['靴子…', 'abcdef', 'abcde…', '👨\u200d👩\u200d👧…'],
  );
  assert.ok(shortened(`a${'\u0301'.repeat(10_000)}`, 10).length < 200);
  const apart = shortenedApart([`${'x'.repeat(300)}a`, `${'x'.repeat(300)}b`, 'y'], 10);
  assert.equal(apart, ['xxxxx… (1)', 'xxxxx… (2)', 'y']);
});

test('JSON: the same value, nothing hidden in it; what is no number is null', () => {
  for (const text of NASTY) assert.is(JSON.parse(forJson(text)), text);
  assert.is(forJson(['\u009b\u202e', NaN, Infinity]), '["\\u009b\\u202e",null,null]');
  assert.is(forJson({ a: '👨\u200d👩' }, 2), '{\n  "a": "👨\u200d👩"\n}');
});

test('CSV: no field is a formula, our reader gives back what was written', () => {
  const texts = [
    "=cmd|' /C calc'!A0",
    '+1',
    '-1',
    '@x',
    '\tx',
    '\rx',
    "'=x",
    "''+",
    "'quoted'",
    'a,b',
    'say "x"',
    'two\nlines',
    ' padded ',
    '',
    '靴',
    '＝x',
    ...NASTY,
  ];
  for (const text of texts) {
    const [row] = parseCsv(`${csvField(text)},x\n`, 'f');
    assert.is(row.fields[0], text, JSON.stringify(text));
    assert.not.match(csvField(text), /^"?[=+\-@\t\r]/);
  }
  assert.equal([csvField(-1.5), csvField(NaN), csvField(Infinity), csvField(null)], ['-1.5', '', '', '']);
});

test('Markdown: no markup, no HTML, no cell or line ends', () => {
  assert.is(
    forMarkdown('a|b`c`<script>\n*x* [l](u) squeezenet1_1 _e_'),
    'a\\|b\\`c\\`&lt;script&gt;\\\\n\\*x\\* \\[l\\](u) squeezenet1_1 \\_e\\_',
  );
  assert.equal(
    [markdownCode('weft'), markdownCode('a`b'), markdownCode('`'), markdownCode('x\ny')],
    ['`weft`', '``a`b``', '`` ` ``', '`x\\ny`'],
  );
});

test('file names: of letters and digits, no path, no device, no two alike', () => {
  assert.equal(['T-shirt/top', '../x', 'Ankle boot', '靴', '.hidden', '', 'NUL', 'a\0b', '<script>'].map(fileName), [
    'T-shirt-top',
    'x',
    'Ankle-boot',
    '靴',
    'hidden',
    '_',
    'NUL_',
    'a-b',
    'script',
  ]);
  assert.ok(new TextEncoder().encode(fileName('靴'.repeat(300))).length <= 100);
  assert.equal(fileNames(['a b', 'a-b', 'A b', '../', '/', 'é', 'e\u0301']), [
    'a-b',
    'a-b_2',
    'A-b_3',
    '_',
    '__2',
    'é',
    'é_2',
  ]);
});

test.run();
