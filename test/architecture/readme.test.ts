/** The README's example runs as it is printed. */
import { spawn } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { skipped, suite } from '../support/harness.js';
import { ROOT, filesBelow, text } from './source.js';

const test = suite('readme');

/** The fenced blocks of a language. */
function blocks(markdown: string, language: string): string[] {
  return [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, body]) => body);
}

function run(file: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file], { cwd: ROOT, timeout: 120000, killSignal: 'SIGKILL' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

if (!existsSync(join(ROOT, 'README.md'))) skipped.push('readme: the example (there is no README.md)');
else {
  const readme = text('README.md');

  test('the library example trains a model and prints its accuracy', async () => {
    const example = blocks(readme, 'js').find((b) => b.includes("from 'weftgrad'"));
    assert.ok(example, 'README.md has no ```js block that imports from weftgrad');
    const file = join(ROOT, 'dist', `readme-example-${process.pid}.mjs`); // in the package, so that it finds 'weftgrad': itself
    writeFileSync(file, example);
    try {
      const { code, output } = await run(file);
      assert.is(code, 0, output);
      const accuracy = Number(/test accuracy ([\d.]+) %/.exec(output)?.[1]);
      assert.ok(accuracy > 60, output);
    } finally {
      rmSync(file);
    }
  });

  test('its links and file names lead somewhere', () => {
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => path);
    const names = [...readme.matchAll(/`((?:src|test|docs|shaders|scripts|bench)\/[\w./-]+)`/g)].map(([, path]) => path);
    assert.equal([...links, ...names].filter((path) => !existsSync(join(ROOT, path))), []);
  });

  test('the npm scripts that it and docs/ name exist', () => {
    const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
    const documents = ['README.md', ...filesBelow('docs').filter((f) => f.endsWith('.md'))];
    const named = documents.flatMap((f) => [...text(f).matchAll(/\bnpm (?:run ([\w:-]+)|(test|start)\b)/g)].map(([, script, short]) => script ?? short));
    assert.equal(named.filter((name) => !(name in scripts)), []);
  });
}

test.run();
