/** Two commands that would write into one folder: one of them is refused at once, and nothing of the other is lost. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../support/harness.js';
import { writeGarments } from './garments.js';
import { weft, type Finished } from './weft.js';

const test = suite('two processes, one folder');

const cwd = mkdtempSync(join(tmpdir(), 'weft-two-'));
test.after(() => rmSync(cwd, { recursive: true, force: true }));

writeGarments(join(cwd, 'garments'), { train: 200, test: 20, seed: 1 });

/** Long enough that the second of a pair comes while the first is at work. */
const LONG = ['train', '--data', 'synthetic', '--model', 'mlp', '--epochs', '1', '--json'];
const TRAIN = ['train', '--data', 'garments', '--model', 'mlp', '--epochs', '1', '--json'];

/** How many pairs are started; `WEFT_PAIRS` for more. */
const PAIRS = Number(process.env['WEFT_PAIRS'] ?? 1);

function isRefused({ code, stderr, stdout }: Finished): boolean {
  if (code === 0) return false;
  assert.is(code, 2, stderr);
  assert.match(
    stderr,
    /^weft: error: pair\d+ is in use by process \d+ on \S+, since \d{4}-\d\d-\d\d [\d:]{8} UTC: weft train .*\n {2}fix: wait/m,
  );
  assert.is((JSON.parse(stdout) as { error: { code: string } }).error.code, 'locked');
  return true;
}

for (let pair = 1; pair <= PAIRS; pair++) {
  test(`pair ${pair}: one is refused, the other's results are whole`, async () => {
    const out = join(cwd, `pair${pair}`);
    const ended = await Promise.all(
      ['1', '2'].map((seed) => weft([...LONG, '--seed', seed, '--out', `pair${pair}`], { cwd, apart: true })),
    );
    assert.equal(ended.map(isRefused).sort(), [false, true], ended.map((e) => e.stderr).join('\n'));
    const winner = ended.findIndex((e) => e.code === 0);
    const printed = JSON.parse(ended[winner].stdout) as { accuracy: number; history: object[] };
    assert.is(
      (JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as { accuracy: number }).accuracy,
      printed.accuracy,
    );
    assert.is((JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as { seed: number }).seed, winner + 1);
    assert.equal(
      readdirSync(out).filter((name) => name.startsWith('.')),
      [],
    );
  });
}

test('a run that is going on cannot be resumed, replaced, or written into by another command; Ctrl-C lets it go', async () => {
  const others: Promise<Finished>[] = [];
  const first = await weft(['train', '--data', 'garments', '--model', 'mlp', '--epochs', '100000', '--out', 'going'], {
    cwd,
    onStderr: (child, text) => {
      if (others.length > 0 || !text.includes('epoch 1/100000')) return;
      others.push(
        ...[
          ['train', '--resume', 'going'],
          [...TRAIN, '--out', 'going', '--force'],
          ['lr-find', '--data', 'garments', '--model', 'mlp', '--out', 'going'],
        ].map((args) => weft(args, { cwd, apart: true })),
      );
      void Promise.all(others).then(() => child.kill('SIGINT'));
    },
  });
  assert.is(first.code, 130, first.stderr);
  for (const { code, stderr } of await Promise.all(others)) {
    assert.is(code, 2, stderr);
    assert.match(stderr, /going is in use by process \d+/);
  }
  assert.not(existsSync(join(cwd, 'going/.weft-lock')));
  assert.ok(existsSync(join(cwd, 'going/last.safetensors')));
});

test('a run that was killed before it had written anything leaves a folder that can be used', async () => {
  await weft([...TRAIN, '--out', 'early'], {
    cwd,
    onStderr: (child, text) => void (text.includes('adapter: ') && child.kill('SIGKILL')),
  });
  assert.ok(existsSync(join(cwd, 'early/.weft-lock')), 'it was killed in the folder');
  const resumed = await weft(['train', '--resume', 'early'], { cwd });
  assert.is(resumed.code, 7);
  assert.match(resumed.stderr, /there is no such file[\s\S]*fix: .*start a new run: --out takes this folder/);
  assert.is((await weft([...TRAIN, '--out', 'early'], { cwd })).code, 0);
});

test.run();
