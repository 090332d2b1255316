/** What the rows of the elementwise tables say of their functions and layers, for docs/api.md. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './host.mjs';

const load = (name) => import(pathToFileURL(join(ROOT, 'dist', 'src', ...name.split('/'))).href);
const { UNARY } = await load('kernels/elementwise/unary_table.js');
const { BINARY } = await load('kernels/elementwise/binary_table.js');
const { camelCase } = await load('autograd/ops/elementwise/row_functions.js');

const rows = new Map();
for (const [name, row] of Object.entries({ ...UNARY, ...BINARY })) {
  rows.set(camelCase(name), row);
  if (row.layer) rows.set(row.layer, row);
}

/** The constants of one statement, `export declare const relu: …, elu: …;`: name, text and sentence of each. */
export function ofRows(statement) {
  const parts = statement
    .replace(/^export declare const |;$/g, '')
    .split(/, (?=\w+: )(?![^(<[]*[)>\]])/)
    .map((part) => /^(\w+): ([\s\S]*)$/.exec(part));
  return parts.map(([, name, type]) => {
    const row = rows.get(name);
    const given = Object.entries(row?.args ?? {});
    const named = given.reduce(
      (text, [key], i) => text.replace(i === 0 ? /\b(argument|first)\?/ : /\bsecond\?/, `${key}?`),
      type.replaceAll(' | undefined', ''),
    );
    const defaults = given.map(([key, value]) => `${key} ${value}`).join(', ');
    const doc = `${row?.doc ?? ''}${defaults === '' ? '' : ` By default ${defaults}.`}`;
    return { name, texts: [`export declare const ${name}: ${named};`], doc };
  });
}
