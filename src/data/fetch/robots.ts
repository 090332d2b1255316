/**
 * What a host's robots.txt allows: the Robots Exclusion Protocol, RFC 9309. The longest rule that matches a path
 * decides, an Allow before a Disallow of the same length; `*` stands for any letters and `$` for the path's end.
 */

interface Rule {
  readonly isAllow: boolean;
  /** As `comparable` makes it. */
  readonly pattern: string;
}

export interface Robots {
  readonly rules: readonly Rule[];
  /** Seconds between two requests that the host asks for; no part of the RFC. null: it does not. */
  readonly crawlDelay: number | null;
}

/** A host without rules, or whose rules are not there (any answer from 400 to 499). */
export const ALL_ALLOWED: Robots = { rules: [], crawlDelay: null };

/** So much of a file is read: RFC 9309, 2.5, asks for at least that. */
export const ROBOTS_BYTES = 500 * 1024;

const UNRESERVED = /[A-Za-z0-9._~-]/;

/** The bytes of a letter as they are written in an address. */
const escaped = (letter: string): string => {
  const bytes = new TextEncoder().encode(letter);
  return Array.from(bytes, (b) => `%${b.toString(16).toUpperCase().padStart(2, '0')}`).join('');
};

/** One spelling for what an address may write in two ways (RFC 9309, 2.2.2). */
function comparable(text: string): string {
  return text.replace(/%[0-9a-f]{2}|[^\x21-\x7e]/giu, (part) => {
    if (part.length !== 3 || !part.startsWith('%')) return escaped(part);
    const letter = String.fromCharCode(Number.parseInt(part.slice(1), 16));
    return UNRESERVED.test(letter) ? letter : part.toUpperCase();
  });
}

/** Path and query of an address. A `*` or `$` in it is a letter like others, unlike those of a rule. */
function pathOf(url: URL): string {
  return comparable(url.pathname + url.search).replace(/[*$]/g, escaped);
}

/** Whether a rule's pattern holds at the beginning of a path: pieces between `*`, each where it first occurs. */
function matches(pattern: string, path: string): boolean {
  const isWhole = pattern.endsWith('$');
  const pieces = (isWhole ? pattern.slice(0, -1) : pattern).split('*').map((piece) => piece.replaceAll('$', '%24'));
  const last = pieces.length - 1;
  if (!path.startsWith(pieces[0])) return false;
  if (last === 0) return !isWhole || path.length === pieces[0].length;
  let at = pieces[0].length;
  for (const piece of pieces.slice(1, isWhole ? last : undefined)) {
    const found = path.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return !isWhole || (path.endsWith(pieces[last]) && path.length - pieces[last].length >= at);
}

/** Lines as `key: value`, without comments. */
function* linesOf(text: string): Generator<readonly [key: string, value: string]> {
  for (const line of text.replace(/^\ufeff/, '').split(/\r\n?|\n/)) {
    const plain = line.replace(/#.*/, '');
    const colon = plain.indexOf(':');
    if (colon > 0) yield [plain.slice(0, colon).trim().toLowerCase(), plain.slice(colon + 1).trim()];
  }
}

/**
 * The rules for a crawler in the text of a robots.txt: those of all groups that name it, in any case, else those of all
 * groups for `*`. Lines that are not known change nothing.
 * @param crawler its product token, of letters, `_` and `-`.
 */
export function parseRobots(text: string, crawler: string): Robots {
  const own = { isNamed: false, rules: [] as Rule[], crawlDelay: null as number | null };
  const others = { ...own, rules: [] as Rule[] };
  let groups: (typeof own)[] = [];
  let isNaming = false; // a group begins with one name or several
  for (const [key, value] of linesOf(text)) {
    if (key === 'user-agent') {
      if (!isNaming) groups = [];
      isNaming = true;
      const token = value === '*' ? value : (/^[a-z_-]*/i.exec(value)?.[0].toLowerCase() ?? '');
      const group = token === '*' ? others : token === crawler.toLowerCase() ? own : null;
      if (group !== null) {
        group.isNamed = true;
        groups.push(group);
      }
    } else if (key === 'allow' || key === 'disallow') {
      isNaming = false;
      if (value === '') continue;
      const rule = { isAllow: key === 'allow', pattern: comparable(value) };
      for (const group of new Set(groups)) group.rules.push(rule);
    } else if (key === 'crawl-delay' && /^\d+(\.\d+)?$/.test(value)) {
      for (const group of groups) group.crawlDelay = Number(value);
    }
  }
  const { rules, crawlDelay } = own.isNamed ? own : others;
  return { rules, crawlDelay };
}

/** Whether an address may be asked for. */
export function isAllowed({ rules }: Robots, url: URL): boolean {
  const path = pathOf(url);
  if (path === '/robots.txt') return true;
  let best: Rule | null = null;
  for (const rule of rules) {
    const isLonger = best === null || rule.pattern.length > best.pattern.length;
    if ((isLonger || (rule.isAllow && rule.pattern.length === best?.pattern.length)) && matches(rule.pattern, path))
      best = rule;
  }
  return best?.isAllow ?? true;
}
