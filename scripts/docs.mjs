/**
 * Writes docs/api.md out of the docstrings of what the library exports: `node scripts/docs.mjs`, after a build. What is
 * incomplete is said, and ends it with 1: a public name without a sentence, a public signature with a type that cannot
 * be named. `--check` writes nothing, and wants the page to be up to date as well.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  DECLARATIONS,
  aboutFile,
  bare,
  commentBefore,
  exportsOf,
  find,
  membersOf,
  mentionedTypes,
  namespaceOf,
} from './lib/declarations.mjs';
import { ROOT, say } from './lib/host.mjs';

export const PAGE = join(ROOT, 'docs', 'api.md');
const WIDTH = 120;
/** Members that say by themselves what they do: what a module computes is said by its class. */
const SILENT = new Set(['constructor', 'forward', 'extraRepr', 'toString', '[INSPECT]']);

const entry = (name) => join(DECLARATIONS, `${name}.d.ts`);
const source = (file) =>
  relative(DECLARATIONS, file)
    .replaceAll('\\', '/')
    .replace(/\.d\.ts$/, '.ts');

/** Every public name: its namespaces, its declaration. */
function publicNames(file, prefix = '') {
  return [...exportsOf(file)].flatMap(([name, found]) => {
    const path = prefix + name;
    const inner = found.kind === 'namespace' ? found.file : namespaceOf(found);
    const own = { path, prefix, name, found };
    return inner === null ? [own] : [own, ...publicNames(inner, `${path}.`)];
  });
}

/** What `weftgrad` exports, and what of it `weftgrad/browser` has not. */
export function api() {
  const names = publicNames(entry('index'));
  const inBrowser = new Set(publicNames(entry('browser')).map(({ path }) => path));
  return { names, onlyNode: names.map(({ path }) => path).filter((path) => !inBrowser.has(path)), inBrowser };
}

/** A function of tensors, or one that makes them: its docstring is to say their shapes. */
const isOfTensors = ({ kind, texts, file }) =>
  /\bTensor\b/.test(texts[0]) &&
  (kind === 'function' || (kind === 'const' && texts[0].includes('=>'))) &&
  /\b(autograd\/ops|tensor|kernels\/random)\b/.test(source(file));

/** What is wrong with the public names, a line each. */
export function problems({ names }) {
  const named = new Set(names.map(({ found }) => found));
  const isSentence = (doc) => doc.replace(/^@\w+.*$/gms, '').trim().length > 0 || /@returns|@throws/.test(doc);
  const isShaped = (doc) => /\((?:[\w…]+(?:, [^()]*|,)?)?\)|[Ss]hape|broadcast|\(ceil/.test(doc);
  const lines = names.flatMap(({ path, found }) => [
    ...(isSentence(found.doc) ? [] : [`${path} (${source(found.file)}) has no docstring`]),
    ...(!isOfTensors(found) || isShaped(found.doc) ? [] : [`${path} (${source(found.file)}) says no shapes`]),
    ...(found.kind !== 'class' ? [] : membersOf(found))
      .filter(({ name, text, doc }) => /^[^:=]*\(/.test(text) && !SILENT.has(name) && !isSentence(doc))
      .map(({ name }) => `${path}.${name} (${source(found.file)}) has no docstring`),
    ...[...mentionedTypes(found)]
      .filter(([, type]) => !named.has(type) && !['namespace', 'const'].includes(type.kind))
      .map(([name, type]) => `${path} mentions ${name} (${source(type.file)}), which no entry exports`),
  ]);
  return [...new Set(lines)];
}

/** Prose at the width of the other pages; lists and paragraphs stay. */
function wrapped(text) {
  const marked = text
    .replace(/\n?@param (\w+(?:\.\w+)?)/g, '\n\n`$1`:')
    .replace(/\n?@(returns|throws|typeParam)\b/g, '\n\n*$1*');
  return marked
    .split(/\n\s*\n/)
    .map((paragraph) => {
      const lines = [''];
      // what would begin a list, a quotation or a heading stays with the word before it
      for (const word of paragraph.trim().match(/\S+(?:\s+(?:\d+[.)]|[-+*#>|])(?=\s|$))*/g) ?? []) {
        const last = lines.at(-1);
        const next = word.replace(/\s+/g, ' ');
        if (last !== '' && last.length + 1 + next.length > WIDTH) lines.push(next);
        else lines[lines.length - 1] = last === '' ? next : `${last} ${next}`;
      }
      return lines.join('\n');
    })
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

/** How a name is used: its signature without `export declare`, comments and bodies; of a class its members. */
function signature({ name, found }) {
  const { kind, texts, file } = found;
  const plain = (text) =>
    text
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .replace(/^export |^declare |\bdeclare /g, '')
      .replace(/\n\s*\n/g, '\n')
      .trim();
  if (kind === 'class' || kind === 'interface') {
    const head = plain(texts[0]).slice(0, bare(plain(texts[0])).search(/ \{\n|\{\n| \{\}/));
    const members = membersOf(found).filter((m) => !['[INSPECT]', 'toString', 'extraRepr'].includes(m.name));
    const about = (doc) => doc.split(/(?<=\.)\s|\n@|^@/)[0].replace(/\s+/g, ' ');
    const lines = members.map(
      (m) => `  ${plain(m.text).replace(/\s+/g, ' ')}${m.doc === '' ? '' : ` // ${about(m.doc)}`}`,
    );
    return [`${head} {`, ...lines, '}'].join('\n');
  }
  const main = /: typeof (\w+) & typeof \w+;$/.exec(texts[0])?.[1];
  if (main !== undefined) return signature({ name, found: find(file, main) });
  const [, alias] = /: (\w+);$/.exec(texts[0]) ?? [];
  const type = alias === undefined ? null : find(file, alias);
  const isLocal = kind === 'const' && type?.kind === 'type' && !exportsOf(type.file).has(alias);
  const form = isLocal ? /=([\s\S]*);$/.exec(type.texts[0])[1].trim() : null;
  if (form !== null) return `const ${name}: ${form}`;
  return texts.map((text) => plain(text).replace(/^function (\w+)/, `function ${name}`)).join('\n');
}

function section({ path, found }, onlyNode) {
  const note = onlyNode.has(path) ? ' Not in a page.' : '';
  const code = signature({ name: path.split('.').at(-1), found });
  return `#### ${path}\n\n\`\`\`ts\n${code}\n\`\`\`\n\n${wrapped(found.doc + note)}\n`;
}

/** The page's text. What has several names is described where it stands first; elsewhere it is said where that is. */
export function page({ names, onlyNode }) {
  const nodeOnly = new Set(onlyNode);
  const first = new Map();
  for (const { path, found } of [...names].reverse()) first.set(found, path);
  const spaces = names.filter(({ found }) => found.kind === 'namespace' || namespaceOf(found) !== null);
  const parts = [{ path: '', found: null }, ...spaces].map(({ path, found }) => {
    const prefix = path === '' ? '' : `${path}.`;
    const all = names.filter((n) => n.prefix === prefix && n.found.kind !== 'namespace');
    const own = all.filter((n) => first.get(n.found) === n.path);
    const others = all.filter((n) => !own.includes(n)).map((n) => `\`${n.path}\` is \`${first.get(n.found)}\``);
    const files = [...grouped(own)].map(
      ([file, list]) =>
        `### ${source(file)}\n\n${wrapped(aboutFile(file))}\n\n${list.map((n) => section(n, nodeOnly)).join('\n')}`,
    );
    const title = path === '' ? '## Functions and classes' : `## ${path}`;
    const about = [found === null ? '' : wrapped(found.doc), wrapped(others.length > 0 ? `${others.join(', ')}.` : '')];
    return [title, ...about.filter((text) => text !== ''), ...files].join('\n\n');
  });
  return `${INTRODUCTION(onlyNode)}\n${parts.join('\n\n').trimEnd()}\n`.replace(/\n{3,}/g, '\n\n');
}

/** Names by the file that declares them; Node 20 has no Map.groupBy. */
function grouped(list) {
  const groups = new Map();
  for (const n of list) groups.set(n.found.file, [...(groups.get(n.found.file) ?? []), n]);
  return groups;
}

const INTRODUCTION = (onlyNode) => `# Everything that the library exports

\`npm run docs\` makes this page out of the docstrings in src/; do not edit it. Names, argument order, memory layout and
state-dict keys are PyTorch's. Shapes are written (N, C, H, W); what throws, throws before any GPU work.
[extend.md](extend.md) tells how to write ops, kernels and models of your own.

\`weftgrad/browser\` has the same names but for those that need files:
${wrapped(onlyNode.map((name) => `\`${name}\``).join(', '))}.
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const all = api();
  const wrong = problems(all);
  const text = page(all);
  const isCheck = process.argv.includes('--check');
  if (!isCheck) writeFileSync(PAGE, text);
  else if (!existsSync(PAGE) || readFileSync(PAGE, 'utf8') !== text)
    wrong.push('docs/api.md is out of date: npm run docs');
  for (const line of wrong) say(line);
  if (wrong.length === 0) say(`docs/api.md: ${all.names.length} names`);
  if (wrong.length > 0) process.exitCode = 1;
}
