/** What docs/json.md says of documents, and where one differs from it. */
import { readFileSync } from 'node:fs';

export const PAGE = readFileSync(new URL('../../../docs/json.md', import.meta.url), 'utf8');

interface Field {
  readonly isOptional: boolean;
  readonly isList: boolean;
  /** Names of what is within, where the page has them. */
  readonly within: readonly string[];
}

/** The table below a heading: `| `a[]?` `b c?` | what |` is a list `a` of objects, several without `[]` are fields. */
function documented(heading: string): Map<string, Field> {
  const section = PAGE.split(`\n### ${heading}\n`)[1]?.split('\n### ')[0] ?? '';
  const fields = new Map<string, Field>();
  for (const [, cell] of section.matchAll(/^\| (`[^|]*`) \|/gm)) {
    const [first, second, ...more] = [...cell.matchAll(/`([^`]+)`/g)].map(([, words]) => words);
    const isParent = second !== undefined && more.length === 0 && (first.includes('[]') || / /.test(second));
    for (const name of isParent ? [first] : [first, second, ...more].filter((word) => word !== undefined))
      fields.set(name.replace(/\[\]|\?/g, ''), {
        isOptional: name.endsWith('?'),
        isList: name.includes('[]'),
        within: isParent ? second.split(' ') : [],
      });
  }
  return fields;
}

/** The values at a path such as `a.b`; of a list on the way, of all that is in it. */
function valuesAt(document: unknown, path: string): unknown[] {
  let found = [document];
  for (const name of path.split('.'))
    found = found
      .flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : [value]))
      .filter((value) => value !== undefined && value !== null)
      .map((value) => (value as Readonly<Record<string, unknown>>)[name]);
  return found;
}

/** What a document has and the page has not, and the other way round. */
export function differences(heading: string, document: Readonly<Record<string, unknown>>): string[] {
  const fields = documented(heading);
  const wrong = Object.keys(document).filter((name) => name !== 'schema' && !fields.has(name));
  for (const [name, { isOptional, isList, within }] of fields) {
    const values = valuesAt(document, name);
    if (!isOptional && (values.length === 0 || values.includes(undefined))) wrong.push(`no ${name}`);
    if (within.length === 0) continue;
    for (const value of values.filter((v) => v !== undefined && v !== null)) {
      if (Array.isArray(value) !== isList) wrong.push(`${name}: a list or not`);
      for (const own of (isList ? value : [value]) as Readonly<Record<string, unknown>>[]) {
        const has = Object.keys(own);
        wrong.push(
          ...has.filter((key) => !within.includes(key) && !within.includes(`${key}?`)).map((k) => `${name}.${k}`),
        );
        wrong.push(...within.filter((key) => !key.endsWith('?') && !has.includes(key)).map((k) => `no ${name}.${k}`));
      }
    }
  }
  return [...new Set(wrong)];
}
