/**
 * Lays out a structured op: `npm run new-op NAME [IDEA]`, NAME in snake_case, IDEA the folder that it goes to (default:
 * one of its own). What it lays out is a whole op that works, two kernels, reference, gradient, cases and vectors:
 * change it file by file into yours. See docs/add_an_op.md.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './lib/host.mjs';

const [name, idea = name] = process.argv.slice(2);

function fail(message) {
  process.stderr.write(`new-op: ${message}\n`);
  process.exit(2);
}

if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name ?? '') || !/^[a-z][a-z0-9_]*$/.test(idea ?? ''))
  fail('give a name in snake_case, and a folder if it is not to have its own: npm run new-op grid_sample movement');

const camel = name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
const template = (file) =>
  readFileSync(join(ROOT, 'scripts', 'templates', file), 'utf8')
    .replaceAll('FUNCTION', camel)
    .replaceAll('NAME', name)
    .replaceAll('IDEA', idea);

const FILES = {
  [`shaders/${idea}/${name}.wgsl`]: 'kernel.wgsl',
  [`shaders/${idea}/${name}_backward.wgsl`]: 'kernel_backward.wgsl',
  [`src/kernels/${idea}/${name}.ts`]: 'launcher.ts.txt',
  [`src/kernels/${idea}/${name}_reference.ts`]: 'reference.ts.txt',
  [`src/autograd/ops/${idea}/${name}.ts`]: 'op.ts.txt',
  [`src/cases/ops/${name}.ts`]: 'cases.ts.txt',
  [`test/golden/make_${name}.py`]: 'make.py.txt',
};
const there = Object.keys(FILES).filter((file) => existsSync(join(ROOT, file)));
if (there.length > 0) fail(`${there.join(', ')} there already: take another name`);

for (const [file, from] of Object.entries(FILES)) {
  mkdirSync(dirname(join(ROOT, file)), { recursive: true });
  writeFileSync(join(ROOT, file), template(from));
  process.stdout.write(`new  ${file}\n`);
}

/** A file of the tree with `edit` done to its text. */
function change(file, edit) {
  const path = join(ROOT, file);
  writeFileSync(path, edit(readFileSync(path, 'utf8')));
  process.stdout.write(`line ${file}\n`);
}
change('src/autograd/ops/index.ts', (text) => `${text}export * from './${idea}/${name}.js';\n`);
change('src/cases/index.ts', (text) =>
  text
    .replace(
      /(\nimport (?!type)[^\n]*)(?=\n(?!import (?!type)))/,
      `$1\nimport { ${camel}Specs } from './ops/${name}.js';`,
    )
    .replace(/\n\];/, `\n  ...${camel}Specs,\n];`),
);
process.stdout.write(`
Now it scales the columns of a matrix. Change it into your op, file by file, and look after each change:
  npm run build && python3 test/golden/make.py ${name}     what PyTorch computes (needs PyTorch)
  npm run check-op ${name}                                 what proves it, in seconds
  npm run bench -- --filter '^${name} '                    its time
`);
