import * as assert from 'uvu/assert';
import { isAllowed, parseRobots } from '../../../src/data/fetch/robots.js';
import { suite } from '../../support/harness.js';

const test = suite('robots.txt');

const may = (rules: string, path: string, crawler = 'weft'): boolean =>
  isAllowed(parseRobots(rules, crawler), new URL(path, 'https://example.com'));

/** A group for all with these rules, and which paths it lets through. */
function allows(rules: string, paths: Readonly<Record<string, boolean>>): void {
  for (const [path, is] of Object.entries(paths))
    assert.is(may(`User-agent: *\n${rules}`, path), is, `${rules}: ${path}`);
}

test('RFC 9309, 5.1: groups of one crawler, of several, of all', () => {
  const rules = `User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: barbot
User-Agent: bazbot
Disallow: /example/page.html

User-Agent: quxbot
`;
  const cases: readonly (readonly [crawler: string, path: string, is: boolean])[] = [
    ['foobot', '/example/page.html', true],
    ['foobot', '/example/allowed.gif', true],
    ['foobot', '/other', false],
    ['FooBot', '/other', false],
    ['barbot', '/example/page.html', false],
    ['bazbot', '/example/page.html', false],
    ['bazbot', '/x.gif', true],
    ['quxbot', '/example/', true],
    ['weft', '/x.gif', false],
    ['weft', '/x.gif?y', true],
    ['weft', '/example/x', false],
    ['weft', '/publications/', true],
  ];
  for (const [crawler, path, is] of cases) assert.is(may(rules, path, crawler), is, `${crawler} ${path}`);
});

test('RFC 9309, 5.2: the longest rule decides; Allow where both are as long', () => {
  allows('Allow: /example/page/\nDisallow: /example/page/disallowed.gif', {
    '/example/page/disallowed.gif': false,
    '/example/page/': true,
    '/example/page/more.gif': true,
  });
  allows('Disallow: /a\nAllow: /a', { '/a': true });
  allows('Allow: /a\nDisallow: /a', { '/a': true });
  allows('Allow: /\nDisallow: /*.jpg', { '/a.jpg': false, '/a.png': true });
});

test('RFC 9309, 2.2.3: * and $', () => {
  allows('Disallow: *.gif$', { '/a.gif': false, '/b/a.gif': false, '/a.gif.png': true, '/a.GIF': true });
  allows('Disallow: /this/*/exactly', { '/this/path/exactly': false, '/this//exactly': false, '/this/exactly': true });
  allows('Disallow: /exact$', { '/exact': false, '/exactly': true });
  allows('Disallow: /*a*a$', { '/aa': false, '/a': true, '/bab': true, '/abca': false });
  allows('Disallow: *', { '/': false });
  allows('Disallow: /$', { '/': false, '/x': true });
  allows('Disallow: /a$b', { '/a$b': false, '/a': true });
  allows(`Disallow: /${'*a'.repeat(500)}b`, { [`/${'a'.repeat(1000)}`]: true }); // at once, not in aeons
});

test('RFC 9309, 2.2.2 and 2.2.3: two spellings of an address are one', () => {
  allows('Disallow: /foo/bar?baz=quz', { '/foo/bar?baz=quz': false, '/foo/bar': true });
  allows('Disallow: /foo/bar?baz=ftp:/foo.bar', { '/foo/bar?baz=ftp:/foo.bar': false });
  allows('Disallow: /foo/bar/ツ', { '/foo/bar/%E3%83%84': false, '/foo/bar/%e3%83%84': false });
  allows('Disallow: /foo/bar/%E3%83%84', { '/foo/bar/ツ': false });
  allows('Disallow: /foo/bar/%62%61%7A', { '/foo/bar/baz': false });
  allows('Disallow: /file-with-a-%2A.html', { '/file-with-a-*.html': false, '/file-with-a-b.html': true });
  allows('Disallow: /path/foo-%24', { '/path/foo-$': false, '/path/foo-': true });
  allows('Disallow: /a%2Fb', { '/a/b': true, '/a%2fb': false });
});

test('what there is in robots.txt files besides', () => {
  allows('Disallow:', { '/a': true });
  allows('disallow : /a # not here', { '/a': false });
  allows('Disallow: /', { '/robots.txt': true, '/a': false });
  allows('Disallow: a', { '/a': true }); // no path begins so
  assert.is(may('', '/a'), true);
  assert.is(may('Disallow: /', '/a'), true, 'a rule of no group');
  assert.is(may('\ufeffUser-agent: *\r\nDisallow: /a\r', '/a'), false);
  assert.is(may('User-agent: weft\nSitemap: https://x/s.xml\nUser-agent: b\nDisallow: /', '/a'), false);
  assert.is(may('User-agent: weft/2.0 (any)\nDisallow: /', '/a'), false);
  assert.is(may('User-agent: weftbot\nDisallow: /', '/a'), true);
  assert.is(may('User-agent: weft\nAllow: /b\n\nUser-agent: weft\nDisallow: /', '/a'), false, 'groups are joined');
  assert.is(may('User-agent: weft\nDisallow: /b\n\nUser-agent: *\nDisallow: /', '/a'), true, 'its own group alone');
  assert.is(parseRobots('User-agent: *\nCrawl-delay: 2.5\nDisallow: /x', 'weft').crawlDelay, 2.5);
  assert.is(parseRobots('User-agent: *\nCrawl-delay: soon', 'weft').crawlDelay, null);
});

test.run();
