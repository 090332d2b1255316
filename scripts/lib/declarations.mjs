/**
 * Reads the declarations that the compiler emits (dist/src/*.d.ts): what an entry exports, where it is declared, with
 * its text and the comment before it. It knows the forms that occur there, no more.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { ROOT } from './host.mjs';
import { ofRows } from './row_docs.mjs';

export const DECLARATIONS = join(ROOT, 'dist', 'src');

/** The text without comments, strings emptied, in the same places. */
export function bare(text) {
  return text.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g,
    (part) => part.replace(/[^\n]/g, ' '),
  );
}

/** Statements of a file with the doc comments before them: each ends at a `;`, or at the `}` of a body. */
function statements(text) {
  const code = bare(text);
  const found = [];
  let [start, depth] = [0, 0];
  for (let i = 0; i < code.length; i++) {
    if ('{(['.includes(code[i])) depth++;
    if ('})]'.includes(code[i])) depth--;
    const head = code.slice(start, i).trimStart();
    const hasBody = /^(export )?(declare )?(abstract )?(interface|class|module|namespace)\b/.test(head);
    if (depth !== 0 || !(code[i] === ';' || (code[i] === '}' && hasBody))) continue;
    const whole = text.slice(start, i + 1);
    const at = code.slice(start, i + 1).search(/\S/);
    if (at >= 0 && code[start + at] !== ';')
      found.push({ text: whole.slice(at), doc: commentBefore(whole.slice(0, at)), start: start + at });
    start = i + 1;
  }
  return found;
}

/** The last doc comment of a text, as prose. */
export function commentBefore(text) {
  const comments = [...text.matchAll(/\/\*\*([\s\S]*?)\*\//g)];
  if (comments.length === 0) return '';
  return comments
    .at(-1)[1]
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
}

/** What the source says of itself; the compiler drops a comment before an import that it does not need. */
function headOf(file) {
  const source = join(ROOT, 'src', relative(DECLARATIONS, file)).replace(/\.d\.ts$/, '.ts');
  return commentBefore(/^\s*\/\*\*[\s\S]*?\*\//.exec(readFileSync(source, 'utf8'))?.[0] ?? '');
}

const files = new Map();

function parse(file) {
  if (files.has(file)) return files.get(file);
  const text = readFileSync(file, 'utf8');
  const module = { file, text, about: '', imports: new Map(), exports: new Map(), stars: [], declared: new Map() };
  files.set(file, module);
  module.about = headOf(file);
  const to = (specifier) =>
    specifier === '#platform'
      ? join(DECLARATIONS, 'platform', 'node.d.ts')
      : resolve(dirname(file), specifier.replace(/\.js$/, '.d.ts'));
  const names = (list) =>
    list
      .split(',')
      .map((part) => part.trim().replace(/^type /, ''))
      .filter((part) => part !== '')
      .map((part) => part.split(' as ').map((name) => name.trim()))
      .map(([name, as = name]) => ({ name, as }));
  for (const { text: s, doc } of statements(text)) {
    const from = /from '([^']+)';$/.exec(s)?.[1];
    const list = /\{([\s\S]*?)\}/.exec(s)?.[1];
    const isOurs = from?.startsWith('.') || from === '#platform';
    if (from !== undefined && !isOurs) continue;
    if (s.startsWith('import') && from !== undefined) {
      const whole = /\* as (\w+)/.exec(s)?.[1];
      if (whole !== undefined) module.imports.set(whole, { file: to(from), name: '*' });
      else for (const { name, as } of names(list)) module.imports.set(as, { file: to(from), name });
    } else if (/^export (type )?\{/.test(s)) {
      for (const { name, as } of names(list))
        module.exports.set(as, from === undefined ? { file, name } : { file: to(from), name });
    } else if (/^export (type )?\*/.test(s)) {
      const whole = /\* as (\w+)/.exec(s)?.[1];
      if (whole === undefined) module.stars.push(to(from));
      else module.exports.set(whole, { file: to(from), name: '*' });
    } else if (/^export declare const \w+: .*, \w+: /.test(bare(s))) {
      for (const one of ofRows(s)) {
        module.declared.set(one.name, { file, kind: 'const', ...one });
        module.exports.set(one.name, { file, name: one.name });
      }
    } else {
      const head =
        /^(export )?(?:declare )?(?:abstract )?(async function|function|class|interface|type|const|let)\s+(\w+)/;
      const [, isExported, kind, name] = head.exec(s) ?? [];
      if (name === undefined) continue;
      const before = module.declared.get(name);
      if (before === undefined) module.declared.set(name, { file, name, kind, texts: [s], doc });
      else before.texts.push(s); // an overload, or a type beside a value of its name
      if (before !== undefined && before.doc === '') before.doc = doc;
      if (isExported) module.exports.set(name, { file, name });
    }
  }
  return module;
}

/** The declaration behind a name of a file, or a namespace (`name` is then '*'). null: not of ours. */
export function find(file, name) {
  if (name === '*') return { file, name, kind: 'namespace', texts: [], doc: parse(file).about };
  const module = parse(file);
  const declared = module.declared.get(name);
  if (declared !== undefined) return declared;
  const imported = module.imports.get(name) ?? module.exports.get(name);
  if (imported !== undefined && !(imported.file === file && imported.name === name))
    return find(imported.file, imported.name);
  for (const star of module.stars) {
    const found = exportsOf(star).get(name);
    if (found !== undefined) return found;
  }
  return null;
}

/** All that a file exports: name -> declaration. */
export function exportsOf(file) {
  const module = parse(file);
  const all = new Map();
  for (const star of module.stars) for (const [name, found] of exportsOf(star)) all.set(name, found);
  for (const [name, target] of module.exports) {
    const found = find(target.file, target.name);
    if (found !== null) all.set(name, found);
  }
  return all;
}

/** A const that is a function and a namespace, `typeof f & typeof namespace`: the namespace's file. */
export function namespaceOf({ file, texts }) {
  const name = /: typeof \w+ & typeof (\w+);$/.exec(texts[0])?.[1];
  return name === undefined ? null : parse(file).imports.get(name).file;
}

/** The types that a declaration mentions and that this library declares: [as written, declaration]. */
export function mentionedTypes({ file, texts }) {
  const found = new Map();
  for (const s of texts) {
    const code = bare(s);
    for (const [, before, space, name] of code.matchAll(/(typeof |\.)?\b(?:([A-Za-z]\w*)\.)?([A-Z]\w*)\b/g)) {
      if (before !== undefined) continue;
      const module = parse(file);
      const outer = space === undefined ? undefined : module.imports.get(space);
      if (space !== undefined && outer === undefined) continue;
      const type = outer === undefined ? find(file, name) : find(outer.file, name);
      if (type !== null) found.set(space === undefined ? name : `${space}.${name}`, type);
    }
  }
  return found;
}

export const aboutFile = (file) => parse(file).about;

/** The public members of a class or an interface: name, text and comment. */
export function membersOf({ texts, kind }) {
  if (kind !== 'class' && kind !== 'interface') return [];
  const body = texts[0].slice(bare(texts[0]).indexOf('{', bare(texts[0]).search(/[\s{]\{|\{\n/)) + 1, -1);
  return statements(body).flatMap(({ text, doc }) => {
    const name = /^(?:static |abstract |readonly |get |set |async |protected |\*)*(\[?[\w.]+\]?)/.exec(text)?.[1];
    return name === undefined || /^(protected|private|#)/.test(text) ? [] : [{ name, text, doc }];
  });
}
