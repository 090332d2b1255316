/** What `npm run new-op` lays out compiles, is formatted, and is right on the GPU as it stands. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { suite } from '../support/harness.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PARTS = ['src', 'shaders', 'bench', 'test', 'scripts', 'package.json', 'tsconfig.json', '.prettierrc.json'];

const test = suite('new-op');
const copy = mkdtempSync(join(tmpdir(), 'weft-new-op-'));
test.after(() => rmSync(copy, { recursive: true, force: true }));

const run = (...args: string[]): string =>
  execFileSync(process.execPath, args, {
    cwd: copy,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, WEFT_OPS: 'sample_op' },
  });

test('a structured op is laid out, compiles and holds against its reference; a name that is taken is refused', () => {
  for (const part of PARTS) cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const said = run('scripts/new_op.mjs', 'sample_op', 'movement');
  const files = [...said.matchAll(/^(?:new {2}|line )(\S+)$/gm)].map(([, file]) => file);
  assert.is(files.length, 9, said);
  assert.match(
    readFileSync(join(copy, 'src/autograd/ops/movement/sample_op.ts'), 'utf8'),
    /export function sampleOp\(/,
  );
  run('node_modules/prettier/bin/prettier.cjs', '--check', ...files.filter((f) => f.endsWith('.ts')));
  run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json');
  const lines = run('dist/test/run.js', 'autograd/ops', '--jobs', '1').trim().split('\n');
  assert.is(lines.at(-1), '8 passed, 0 failed, 0 skipped');
  assert.throws(
    () => run('scripts/new_op.mjs', 'sample_op', 'movement'),
    (error: { stderr?: string }) => /there already/.test(error.stderr ?? ''),
  );
});

test.run();
