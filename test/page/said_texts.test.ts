/** Nothing on the page is said past its words: all texts of index.html and of the sources have a language. */
import * as assert from 'uvu/assert';
import { EN } from '../../src/page/words/en.js';
import { KO } from '../../src/page/words/ko.js';
import { filesBelow, text } from '../architecture/source.js';
import { suite } from '../support/harness.js';
import { markup, type MarkupText } from './markup.js';

const test = suite('texts of the page');

const HTML = 'src/page/index.html';
/** What is the same in every language. */
const NAMES = ['Weft', 'weft', 'LeNet-5', 'CNN'];

/** What stands at a path of the English words. */
const wordsAt = (path: string): unknown =>
  path.split('.').reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], EN);

const { texts, elements } = markup(text(HTML));

test('index.html: every text is the English one of the words that its element names', () => {
  const isSaid = ({ words, say, lang }: MarkupText): boolean =>
    (say !== null && wordsAt(say) === words) || (lang === 'ko' && words === KO.page.script); // without scripts
  assert.ok(texts.length > 60, String(texts.length));
  assert.equal(
    texts.filter((said) => !isSaid(said) && !NAMES.includes(said.words)),
    [],
  );
});

test('index.html: every accessible name has words, and is the English one of them', () => {
  const named = elements.filter(({ attributes }) => attributes.has('aria-label'));
  assert.ok(named.length > 20, String(named.length));
  for (const { tag, attributes } of named)
    assert.is(wordsAt(attributes.get('data-label') ?? ''), attributes.get('aria-label'), `<${tag}>`);
  for (const name of ['title', 'alt', 'placeholder'])
    assert.equal(
      elements.filter(({ attributes }) => attributes.has(name)).map(({ tag }) => tag),
      [],
      name,
    );
});

/** How text can come onto the page other than by the words' own functions. */
const PAST: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['an assignment of text', /\.(textContent|innerText|innerHTML|outerHTML|ariaLabel|placeholder|title)\s*\+?=[^=]/],
  ['an attribute that people read', /setAttribute\(\s*'(aria-label|aria-description|title|placeholder|alt)',\s*['"`]/],
  [
    'an English text for an element',
    /\b(make|show)\(\s*[^,()]+(\([^()]*\))?,\s*['"`][^'"`$]*[A-Za-z]{2,}[^'"`$]*['"`]/,
  ],
  ['a saying without words', /\bsay\([^)]*\(\) => ['"`][^'"`]*[A-Za-z]/],
  ['an English text in a drawing', /fillText\(\s*['"`][^'"`]*[A-Za-z]/],
  ['an English text appended', /\.(append|prepend|replaceChildren)\(\s*['"`][^'"`]*[A-Za-z]/],
];

/** Where the functions are that all texts go through. */
const OWN = 'src/page/words/words.ts';

/** file: what is said past the words. */
const past = (source: string): string[] => {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*/g, '');
  return PAST.filter(([, pattern]) => pattern.test(code)).map(([what]) => what);
};

test('no source says anything past the words', () => {
  const sources = filesBelow('src/page').filter((file) => file.endsWith('.ts') && file !== OWN);
  assert.ok(sources.length > 30);
  assert.equal(
    sources.flatMap((file) => past(text(file)).map((what) => `${file}: ${what}`)),
    [],
  );
});

test('the patterns find what they are for', () => {
  for (const [code, ...what] of [
    ["status.textContent = 'Loading …';", 'an assignment of text'],
    ["label.setAttribute('aria-label', `The picture: ${name}`);", 'an attribute that people read'],
    ["list.append(make('li', 'No more hints'));", 'an English text for an element'],
    ["show(byId('steps', HTMLElement), 'None yet');", 'an English text for an element'],
    ["say(status, () => 'Loading');", 'a saying without words'],
    ["context.fillText('steps', 0, 0);", 'an English text in a drawing'],
    ["status.append('Loading');", 'an English text appended'],
    ["made.append(make('p', item.name, 'name'));"],
    ["show(status, '');"],
    ["// status.textContent = 'Loading';"],
  ])
    assert.equal(past(code), what, code);
});

test.run();
