/** Models, losses, steps and readers of the user's own: docs/examples/own, as it stands, from the command line. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import * as assert from 'uvu/assert';
import { uniform } from '../../src/kernels/random/philox.js';
import { parseSafetensors } from '../../src/nn/state/safetensors.js';
import { suite } from '../support/harness.js';
import { onFastDrivers, weft, type Finished } from './weft.js';

const test = suite('code of the user’s own');
const cwd = mkdtempSync(join(tmpdir(), 'weft-own-'));
process.on('exit', () => rmSync(cwd, { recursive: true, force: true }));
// compiled to dist/test/cli/own_code.test.js
const EXAMPLES = fileURLToPath(new URL('../../../docs/examples/own/', import.meta.url));
const OWN = '--model ./my_model.ts --loss ./focal.ts --augment flip,./speckle.ts=0.2 --data ./reader.ts:marks';

/** Each in a process of its own: what is loaded stays. */
const run = (words: string): Promise<Finished> => weft(words.split(' '), { cwd, apart: true });

async function good(words: string): Promise<Finished> {
  const finished = await run(words);
  assert.is(finished.code, 0, `weft ${words}: ${finished.stderr}`);
  return finished;
}

async function refused(words: string, code: number, ...says: readonly RegExp[]): Promise<void> {
  const finished = await run(words);
  for (const form of says) assert.match(finished.stderr, form);
  assert.is(finished.code, code, finished.stderr);
}

const tensors = (file: string): object => parseSafetensors(readFileSync(join(cwd, file)), file).tensors;

/** Images of 12x12 with a white row, or a white column. */
function writeMarks(): void {
  mkdirSync(join(cwd, 'marks'));
  for (const [part, count, call] of [
    ['train', 160, 0],
    ['test', 40, 1],
  ] as const) {
    const drawn = uniform(count * 146, { seed: 7, step: 0, call });
    const lines = Array.from({ length: count }, (_, n) => {
      const [kind, place] = [drawn[n * 146] < 0.5 ? 0 : 1, Math.floor(12 * drawn[n * 146 + 1])];
      const marks = Array.from({ length: 144 }, (__, i) => {
        const isLine = (kind === 0 ? Math.floor(i / 12) : i % 12) === place;
        return isLine || drawn[n * 146 + 2 + i] < 0.1 ? '#' : '.';
      });
      return `${kind} ${marks.join('')}`;
    });
    writeFileSync(join(cwd, 'marks', `${part}.txt`), `${lines.join('\n')}\n`);
  }
}

test.before(() => {
  for (const file of readdirSync(EXAMPLES)) copyFileSync(join(EXAMPLES, file), join(cwd, file));
  writeMarks();
});

test('the examples are short', () => {
  for (const file of readdirSync(EXAMPLES)) {
    const lines = readFileSync(join(EXAMPLES, file), 'utf8').trimEnd().split('\n').length;
    assert.ok(lines < 40, `${file} has ${lines} lines`);
  }
});

test('train, stop, go on bit for bit; the files are named again, and are the same', async () => {
  await good(`train ${OWN} --epochs 12 --out whole`);
  const header = parseSafetensors(readFileSync(join(cwd, 'whole/last.safetensors')), 'last').metadata['header'] ?? '';
  const { sources, config } = JSON.parse(header) as {
    sources: { modules: { kind: string; name: string; file: string; digest: string }[] };
    config: Record<string, unknown>;
  };
  assert.equal(sources.modules.map(({ kind, name, file }) => `${kind} ${name} ${file}`).sort(), [
    'augment speckle ./speckle.ts',
    'data marks ./reader.ts',
    'loss focal ./focal.ts',
    'model branches ./my_model.ts',
  ]);
  assert.is(config['augment'], 'flip,own.speckle=0.2');

  const stopped = await weft(`train ${OWN} --epochs 12 --out parts`.split(' '), {
    cwd,
    onStderr: (child, text) => {
      if (text.includes('epoch 2/12') && !child.killed) child.kill('SIGTERM');
    },
  });
  assert.is(stopped.code, 143, stopped.stderr);
  assert.match(
    stopped.stderr,
    /--resume parts --model \.\/my_model\.ts --loss \.\/focal\.ts --augment/,
    stopped.stderr,
  );
  await refused('train --resume parts', 7, /model branches, which is of the user’s own/, /--model \.\/my_model\.ts/);
  await refused('train --resume parts --model ./my_model.ts', 2, /--loss \.\/focal\.ts|--data \.\/reader\.ts/);
  writeFileSync(join(cwd, 'kept.txt'), readFileSync(join(cwd, 'focal.ts')));
  writeFileSync(join(cwd, 'focal.ts'), readFileSync(join(cwd, 'kept.txt'), 'utf8').replace('GAMMA = 2', 'GAMMA = 3'));
  await refused(`train --resume parts ${OWN}`, 7, /focal\.ts is not what .* was trained with/);
  writeFileSync(join(cwd, 'focal.ts'), readFileSync(join(cwd, 'kept.txt')));
  await good(`train --resume parts ${OWN}`);
  for (const file of ['best.safetensors', 'last.safetensors'])
    assert.ok(isDeepStrictEqual(tensors(`parts/${file}`), tensors(`whole/${file}`)), file);
  await refused(`train --resume parts ${OWN.replace('flip', 'flip,shift=2')}`, 2, /--augment cannot be changed/);
  await good(`train --config whole/config.json ${OWN} --out again`);
  assert.ok(isDeepStrictEqual(tensors('again/last.safetensors'), tensors('whole/last.safetensors')), 'repeated');
});

onFastDrivers(
  test,
  'eval, index, similar, compare, lr-find and summary take the files; without them they say which',
  async () => {
    await refused('eval whole', 7, /--model \.\/my_model\.ts/);
    await refused('eval whole --model ./my_model.ts', 3, /a reader of the user’s own, marks/);
    const { stdout } = await good('eval whole --model ./my_model.ts --data ./reader.ts:marks --json');
    assert.ok((JSON.parse(stdout) as { accuracy: number }).accuracy > 0.6, stdout);
    await good('index whole --model ./my_model.ts --data ./reader.ts:marks --out vectors');
    const again = await good(
      `compare --models ./my_model.ts,mlp --data ./reader.ts:marks --epochs 1 --out table --json`,
    );
    const entries = (JSON.parse(again.stdout) as { entries: { label: string }[] }).entries;
    assert.equal(
      entries.map((e) => e.label),
      ['branches', 'mlp'],
    );
    const { command } = JSON.parse(again.stdout) as { command: string };
    assert.match(command, /--models \.\/my_model\.ts,mlp .*--data \.\/reader\.ts:marks/, 'as one would type it');
    await good(`lr-find ${OWN} --steps 12 --out rates`);
    assert.match((await good('summary ./my_model.ts')).stdout, /branches\s+cat/);
  },
);

onFastDrivers(
  test,
  'predict and page: what the model says, and its code beside the page, importing the page’s engine',
  async () => {
    await good('train --model ./my_model.ts --data synthetic --epochs 1 --out drawn');
    await good('data show synthetic --pictures pictures --per-class 1 --out sheet.png');
    const shown = ['', ' --augment ./speckle.ts=0.5'].map((more, i) => `data show synthetic --out ${i}.png${more}`);
    for (const words of shown) await good(words);
    const sheets = [0, 1].map((i) => readFileSync(join(cwd, `${i}.png`)));
    assert.not.ok(sheets[0].equals(sheets[1]), 'the sheet shows what a step of the user’s own does');
    await refused('predict drawn pictures/Bag-1.png', 7, /--model \.\/my_model\.ts/);
    assert.match((await good('predict drawn --model ./my_model.ts pictures/Bag-1.png')).stdout, /Bag-1\.png: /);
    writeFileSync(join(cwd, 'base.mjs'), 'export const SIZE = 3;\n');
    const model = readFileSync(join(cwd, 'my_model.ts'), 'utf8');
    writeFileSync(join(cwd, 'two_files.ts'), `import { SIZE } from './base.mjs';\nif (SIZE !== 3) throw 1;\n${model}`);
    await good('page drawn --model ./two_files.ts --out page');
    const code = readFileSync(join(cwd, 'page/own/two_files.js'), 'utf8');
    assert.match(code, /from '\.\.\/assets\/weftgrad\.js'/);
    assert.match(code, /from '\.\/base\.mjs'/);
    assert.not.match(code, /: Tensor/, 'types are gone');
    assert.is(readFileSync(join(cwd, 'page/own/base.mjs'), 'utf8'), 'export const SIZE = 3;\n');
    writeFileSync(join(cwd, 'with_node.ts'), `import 'node:fs';\n${model}`);
    await refused('page drawn --model ./with_node.ts --out other', 2, /imports node:fs, which a page cannot have/);
  },
);

onFastDrivers(
  test,
  'a network out of an ONNX file: exported from a model of one’s own, trained on, and used',
  async () => {
    await good('export drawn --model ./my_model.ts --out network.onnx');
    await good('train --model network.onnx --data synthetic --epochs 1 --out tuned');
    await refused('predict tuned pictures/Bag-1.png', 7, /--model network\.onnx/);
    assert.match((await good('predict tuned --model network.onnx pictures/Bag-1.png')).stdout, /Bag-1\.png: /);
    await refused(
      'page tuned --model network.onnx --out onnx_page',
      2,
      /a page cannot have a network out of an ONNX file/,
    );
  },
);

test('what is refused: no such file, mistakes in it, names that are taken, code that a file of options names', async () => {
  const write = (name: string, ...lines: readonly string[]): void =>
    writeFileSync(join(cwd, name), `${lines.join('\n')}\n`);
  write('broken.ts', 'export const a: = 3;');
  write(
    'taken.mjs',
    "import { nn } from 'weftgrad';",
    "export const m = nn.defineModel({ name: 'cnn', head: 'fc', build: () => null });",
  );
  write('config.yaml', 'model: ./my_model.ts', 'data: synthetic');
  write(
    'mean.mjs',
    "import { crossEntropy, train } from 'weftgrad';",
    "export const m = train.defineLoss({ name: 'mean', losses: (z, y) => crossEntropy(z, y) });",
  );
  await Promise.all([
    refused('train --model ./none.ts --data synthetic', 2, /--model \.\/none\.ts: there is no such file/),
    refused('train --model ./broken.ts --data synthetic', 2, /--model \.\/broken\.ts cannot be loaded: .*=/),
    refused('train --model ./focal.ts --data synthetic', 2, /exports none of what nn\.defineModel/),
    refused('train --model ./taken.mjs --data synthetic', 2, /there is a model "cnn" already/),
    refused('train --config config.yaml', 2, /model "\.\/my_model\.ts" is not one of/),
    refused(`train ${OWN} --label-smoothing 0.1`, 2, /logits and labels alone, and nothing of --label-smoothing/),
    refused('train --model mlp --data synthetic --loss ./mean.mjs', 2, /loss mean gives \(\)/),
  ]);
});

test.run();
