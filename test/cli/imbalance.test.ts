/** `weft imbalance` as a user runs it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../support/harness.js';
import { writeGarments } from './garments.js';
import { expectRefusals, weft, weftJson } from './weft.js';

const test = suite('weft imbalance');
const cwd = mkdtempSync(join(tmpdir(), 'weft-imbalance-'));
/** 45 images of each class for training, 15 for validation. */
writeGarments(join(cwd, 'garments'), { train: 600, test: 100, seed: 0 });
writeFileSync(join(cwd, 'few.csv'), 'class,legs\nsomething,1\n');
test.after(() => rmSync(cwd, { recursive: true, force: true }));

const METHODS = ['plain', 'oversample:4', 'head:4', 'vae:4', 'vae-km:4', 'aae:4', 'cvae:4', 'cada:4'];
const FILES = ['acc_h.png', 'acc_h.svg', 'per_class.csv', 'table.csv', 'table.json', 'table.md'];
const words = (out: string): string[] => [
  'imbalance',
  '--data',
  'garments',
  '--model',
  'mlp',
  '--epochs',
  '2',
  '--cap',
  '30',
  '--val-split',
  '0.25',
  '--minority',
  '4',
  '--n-f',
  '5,10',
  '--seeds',
  '1',
  '--methods',
  METHODS.join(),
  '--vae-epochs',
  '4',
  '--latent',
  '8',
  '--vae-hidden',
  '32',
  '--classifier-epochs',
  '3',
  '--out',
  out,
];
const bytesOf = (out: string): string[] => FILES.map((name) => readFileSync(join(cwd, out, name)).toString('hex'));

interface Row {
  readonly method: string;
  readonly nF: number;
  readonly seed: number;
  readonly accH: number;
  readonly acc: number;
}

test('the table of all cells; killed half-way and started again it is the same, byte for byte', async () => {
  const { rows } = await weftJson<{ rows: readonly Row[] }>(words('whole'), { cwd });
  assert.equal(
    rows.map((r) => `${r.method} ${r.nF} ${r.seed}`),
    METHODS.flatMap((m) => [`${m} 5 0`, `${m} 10 0`]),
  );
  assert.ok(rows.every((r) => r.acc > 0.02 && r.acc < 1 && r.accH >= 0 && r.accH < 1));
  assert.equal(JSON.parse(readFileSync(join(cwd, 'whole/table.json'), 'utf8')), rows);
  assert.equal(readdirSync(join(cwd, 'whole')), [...FILES, 'stages'].sort());
  assert.match(
    readFileSync(join(cwd, 'whole/table.md'), 'utf8'),
    /weft imbalance --data garments --model mlp[\s\S]*\| vae:4 \| /,
  );

  const kill = (signal: 'SIGKILL' | 'SIGINT', text: string): ReturnType<typeof weft> => {
    let sent = false;
    return weft(words('killed'), {
      cwd,
      onStderr: (child, said) => {
        if (sent || !said.includes(text)) return;
        sent = true;
        child.kill(signal);
      },
    });
  };
  assert.is(
    (await kill('SIGKILL', '2 of 16: oversample:4, n_f 5, seed 0: training')).code,
    null,
    'killed while a network trains',
  );
  const stopped = await kill('SIGINT', '9 of 16: plain, n_f 10, seed 0: training');
  assert.is(stopped.code, 130, stopped.stderr);
  assert.match(
    stopped.stderr,
    /1 of 16: plain, n_f 5, seed 0: .*done before[\s\S]*the same command goes on where it stopped/,
  );
  const last = await weft(words('killed'), { cwd });
  assert.is(last.code, 0, last.stderr);
  assert.match(last.stderr, /8 of 16: cada:4, n_f 5, seed 0: .*done before/);
  assert.equal(bytesOf('killed'), bytesOf('whole'));
});

test('an auto-encoder stops when it is told to', async () => {
  let sent = false;
  const args = [
    'imbalance',
    '--data',
    'garments',
    '--model',
    'mlp',
    '--epochs',
    '1',
    '--cap',
    '20',
    '--n-f',
    '5',
    '--seeds',
    '1',
    '--methods',
    'vae:4',
    '--vae-epochs',
    '100000',
    '--out',
    'long',
  ];
  const stopped = await weft(args, {
    cwd,
    onStderr: (child, said) => {
      if (sent || !said.includes('training the auto-encoder')) return;
      sent = true;
      child.kill('SIGINT');
    },
  });
  assert.is(stopped.code, 130, stopped.stderr);
  assert.match(stopped.stderr, /stopped in epoch \d+ after/);
});

test('an auto-encoder that diverges is told by its own learning rate', async () => {
  const { code, stderr } = await weft(
    [
      'imbalance',
      '--data',
      'garments',
      '--model',
      'mlp',
      '--epochs',
      '1',
      '--cap',
      '20',
      '--n-f',
      '5',
      '--seeds',
      '1',
      '--methods',
      'vae:4',
      '--vae-lr',
      '1e30',
      '--out',
      'diverged',
    ],
    { cwd },
  );
  assert.is(code, 6, stderr);
  assert.match(
    stderr,
    /the auto-encoder: the loss became .*\n.*fix: use a smaller --vae-lr; the network and its features are kept/,
  );
});

test('what cannot be computed is refused before anything is', () =>
  expectRefusals(cwd, [
    {
      args: 'imbalance --data synthetic --model mlp --methods smote:3',
      code: 2,
      says: [/no method "smote:3"/, /oversample:K/],
    },
    { args: 'imbalance --data synthetic --model mlp --seeds 0', code: 2, says: [/--seeds 0 is none/] },
    { args: 'imbalance --data synthetic --model mlp --n-f 5,x', code: 2, says: [/--n-f 5,x/, /5,10,30,50/] },
    { args: 'imbalance --data synthetic --model mlp --beta 1 --beta-until 3', code: 2, says: [/--beta-until/] },
    {
      args: 'imbalance --data synthetic --model mlp --freeze backbone --methods head:3',
      code: 2,
      says: [/--pretrained/],
    },
    {
      args: 'imbalance --data synthetic --model mlp --methods plain,weights --augment flip,mixup',
      code: 2,
      says: [/--methods weights cannot weigh images that mixup/],
    },
    { args: 'imbalance --data shoes:12 --model mlp --minority 2,Hat', code: 2, says: [/there is no class "2"/] },
    {
      args: 'imbalance --data garments --model mlp --n-f 5000',
      code: 3,
      says: [/images for training, n_f 5000 \(seed 0\) wants 5000/],
    },
    {
      args:
        'imbalance --data synthetic --model squeezenet1_1 --freeze backbone --pretrained none --methods head:3 ' +
        '--epochs 3',
      code: 2,
      says: [/--epochs is for training the network/, /--classifier-epochs/],
    },
    { args: 'imbalance fashionstile --data synthetic', code: 2, says: [/no table "fashionstile"/, /fashionstyle/] },
    {
      args: 'imbalance --data synthetic --model mlp --methods vae:3 --class-vectors a.csv',
      code: 2,
      says: [/--class-vectors is for the method cada/],
    },
    {
      args: 'imbalance --data garments --model mlp --methods cada:3 --n-f 5 --class-vectors none.csv',
      code: 3,
      says: [/none\.csv/, /no such file/],
    },
    {
      args: 'imbalance --data garments --model mlp --methods cada:3 --n-f 5 --class-vectors few.csv',
      code: 3,
      says: [/few\.csv: has no line for the class/],
    },
    { args: 'imbalance --data synthetic', code: 2, says: [/--model is missing/] },
  ]));

test.run();
