/** `weft learn`: what a reader types, from the list to a lesson's program with the reader's own solution. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { lessons } from '../../../src/cli/learn/course.js';
import { suite } from '../../support/harness.js';
import { weft, type Finished } from '../weft.js';

const test = suite('weft learn');
const folder = mkdtempSync(join(tmpdir(), 'weft-learn-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));
const learn = (...args: string[]): Promise<Finished> => weft(['learn', ...args], { cwd: folder });
const own = (file: string): string => join(folder, 'weft-learn', '01-scalar', file);
const shipped = (file: string): string => join(lessons()[0].path, 'solution', file);

test('without a command it lists the lessons', async () => {
  const { code, stdout } = await learn();
  assert.is(code, 0);
  for (const { number, title } of lessons()) assert.ok(stdout.includes(`${number} ${title}`), stdout);
  assert.ok(stdout.includes('next: weft learn start 01'), stdout);
  assert.not.ok(existsSync(join(folder, 'weft-learn')), 'looking writes nothing');
});

test('a lesson that is not begun cannot be checked', async () => {
  const { code, stderr } = await learn('check', '1');
  assert.is(code, 2);
  assert.ok(stderr.includes('weft learn start 01'), stderr);
});

test('start hands out page, drawings and starting points, and never writes over what is there', async () => {
  assert.is((await learn('start', 'scalar')).code, 0);
  for (const file of ['README.md', 'graph.svg', 'rules.mjs', 'scalar.mjs']) assert.ok(existsSync(own(file)), file);
  writeFileSync(own('rules.mjs'), '// mine\n');
  const again = await learn('start', '01');
  assert.ok(again.stderr.includes('is there already and stays'), again.stderr);
  assert.is(readFileSync(own('rules.mjs'), 'utf8'), '// mine\n');
  assert.is((await learn('start', '1', '--again')).code, 0);
  assert.is(readFileSync(own('rules.mjs.old'), 'utf8'), '// mine\n', 'kept beside it');
});

test('check says what is wrong, ends with 8, and prints a document when asked', async () => {
  const { code, stdout } = await learn('check', '1');
  assert.is(code, 8);
  assert.ok(stdout.includes('✗ rules (rules.mjs)') && stdout.includes('da is wrong'), stdout);
  const asJson = JSON.parse((await learn('check', '1', '--json')).stdout) as { failed: number; total: number };
  assert.equal([asJson.failed, asJson.total], [2, 2]);
});

test('a file that cannot be loaded, or throws, is told with its place', async () => {
  writeFileSync(own('rules.mjs'), 'export const mulBackward = (a, b, dy) => ({\n');
  assert.ok((await learn('check', '1', 'rules')).stdout.includes('it cannot be loaded'));
  const text = readFileSync(shipped('rules.mjs'), 'utf8').replace(
    'return { da: dy * b',
    'nothing.there();\n  return { da: dy * b',
  );
  writeFileSync(own('rules.mjs'), text);
  const { stdout } = await learn('check', '1', 'rules');
  assert.ok(/it throws ReferenceError: nothing is not defined\s+at rules\.mjs:5:/.test(stdout), stdout);
});

test('hints come one by one, and the last one says so', async () => {
  const said: string[] = [];
  for (let i = 0; i < 4; i++) said.push((await learn('hint', '1', 'rules')).stdout);
  assert.ok(said[0].startsWith('rules, hint 1 of 3') && said[2].startsWith('rules, hint 3 of 3'), said.join(''));
  assert.ok(said[3].startsWith('rules, hint 3 of 3') && said[3].includes('weft learn solution 01 rules'));
});

test('a solution passes, is remembered as long as it is not changed, and the lesson’s program uses it', async () => {
  for (const file of ['rules.mjs', 'scalar.mjs']) copyFileSync(shipped(file), own(file));
  assert.is((await learn('check')).code, 0);
  assert.ok((await learn()).stdout.includes('✓       40  2 of 2'));
  writeFileSync(own('scalar.mjs'), `${readFileSync(own('scalar.mjs'), 'utf8')}\n// changed\n`);
  assert.ok((await learn()).stdout.includes('1 of 2'), 'what was changed since is not solved');
  assert.is((await learn('solution', '1', 'rules')).stdout.trim(), readFileSync(shipped('rules.mjs'), 'utf8').trim());
});

const THROWS = '  throw new UsageError(`one engine`);\n  return {';

test('a module of the reader’s may import weftgrad, and gets this very package', async () => {
  const text = readFileSync(shipped('rules.mjs'), 'utf8');
  writeFileSync(own('rules.mjs'), `import { UsageError } from 'weftgrad';\n${text.replace('  return {', THROWS)}`);
  const { stdout } = await learn('check', '1', 'rules');
  assert.ok(stdout.includes('it throws UsageError: one engine'), stdout);
});

test('what is not there is named, with what is meant', async () => {
  assert.ok((await learn('start', 'scaler')).stderr.includes('did you mean scalar?'));
  assert.ok((await learn('start', '99')).stderr.includes('there is no lesson "99"'));
  assert.ok((await learn('check', '1', 'rule')).stderr.includes('it has rules, scalar'));
  assert.ok((await learn('bogin')).stderr.includes('has no command'));
});

test('damaged progress is put aside and said', async () => {
  writeFileSync(join(folder, 'weft-learn', 'progress.json'), '{"01-scalar": 3}');
  const { code, stderr } = await learn();
  assert.is(code, 0);
  assert.ok(stderr.includes('progress.json.damaged'), stderr);
});

test.run();
