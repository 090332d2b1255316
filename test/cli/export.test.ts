/** `weft export` at the command line. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { parseSafetensors } from '../../src/nn/state/safetensors.js';
import { parseOnnx } from '../../src/onnx/parse_onnx.js';
import { inFolder } from '../data/fixtures.js';
import { runtimeOr } from '../onnx/runtime.js';
import { suite } from '../support/harness.js';
import { differences } from './documented.js';
import { expectRefusals, onFastDrivers, weft, weftJson } from './weft.js';

const test = suite('export at the command line');

const runtime = await runtimeOr('weft export --verify');

interface Written {
  readonly path: string;
  readonly bytes: number;
  readonly part: string | null;
  readonly verified: { readonly largest: number; readonly scale: number } | null;
}

const TRAIN = ['train', '--data', 'synthetic', '--epochs', '1'];
const bytesOf = (...path: string[]): Uint8Array => new Uint8Array(readFileSync(join(...path)));

onFastDrivers(test, 'a classifier’s run: what the file takes, gives and says', () =>
  inFolder(async (cwd) => {
    await weftJson([...TRAIN, '--model', 'lenet5', '--out', 'runs/l'], { cwd });
    const verify = runtime === null ? [] : ['--verify'];
    const {
      files: [written],
    } = await weftJson<{ files: Written[] }>(['export', 'runs/l', '--features', ...verify], { cwd });
    assert.equal(differences('export', { files: [written] }), []);
    assert.is(written.path, 'l.onnx');
    if (written.verified !== null) assert.ok(written.verified.largest < 1e-5 * written.verified.scale);
    const { graph, metadata, opset } = parseOnnx(bytesOf(cwd, 'l.onnx'), 'l.onnx');
    assert.is(opset, 17);
    assert.equal(graph.inputs, [{ name: 'input', dtype: 'F32', shape: ['N', 1, 28, 28] }]);
    assert.equal(
      graph.outputs.map(({ name }) => name),
      ['logits', 'features'],
    );
    assert.equal(
      graph.nodes.slice(0, 2).map(({ type }) => type),
      ['Sub', 'Div'],
    );
    assert.is((JSON.parse(metadata['classes']) as string[]).length, 10);
    const form = JSON.parse(metadata['preprocessing']) as { height: number; normalization: { mean: number[] } };
    assert.is(form.height, 28);
    assert.is(form.normalization.mean.length, 1);

    const file = join('runs', 'l', 'best.safetensors');
    const half = ['export', file, '--format', 'safetensors', '--precision', 'f16', '--out', 'h.safetensors'];
    await weftJson(half, { cwd });
    const { tensors } = parseSafetensors(bytesOf(cwd, 'h.safetensors'), 'h');
    assert.equal([tensors.get('conv1.weight')?.dtype, tensors.get('fc3.bias')?.dtype], ['F16', 'F32']);
    const again = await weft([...TRAIN, '--model', 'lenet5', '--pretrained', 'l.onnx', '--out', 'again'], { cwd });
    assert.is(again.code, 0, again.stderr);
  }),
);

onFastDrivers(test, 'an auto-encoder’s run: two networks', () =>
  inFolder(async (cwd) => {
    const vae = 'vae --data synthetic --epochs 1 --latent 4 --hidden 16 --conditional --out v';
    await weftJson(vae.split(' '), { cwd });
    const verify = runtime === null ? [] : ['--verify'];
    const { files: written } = await weftJson<{ files: Written[] }>(['export', 'v', '--out', 'x.onnx', ...verify], {
      cwd,
    });
    assert.equal(
      written.map(({ path, part }) => [path, part]),
      [
        ['x.encoder.onnx', 'encoder'],
        ['x.decoder.onnx', 'decoder'],
      ],
    );
    const { graph } = parseOnnx(bytesOf(cwd, 'x.decoder.onnx'), 'x');
    assert.equal(
      graph.inputs.map(({ name, dtype, shape }) => [name, dtype, ...shape]),
      [
        ['latent', 'F32', 'N', 4],
        ['label', 'I64', 'N'],
      ],
    );
    assert.equal(graph.outputs[0].shape, ['N', 1, 28, 28]);
  }),
);

test('what it refuses', () =>
  inFolder(async (cwd) => {
    writeFileSync(join(cwd, 'broken.onnx'), 'no network');
    const cases: readonly (readonly [args: string, code: number, says: RegExp])[] = [
      ['export nowhere', 7, /nowhere: there is no such file/],
      ['export nowhere --format safetensors --features', 2, /--features is of ONNX files/],
      ['export nowhere --opset 12', 2, /opset/],
      ['train --data synthetic --model lenet5 --pretrained broken.onnx --out r', 7, /broken.onnx: /],
    ];
    await expectRefusals(
      cwd,
      cases.map(([args, code, says]) => ({ args, code, says: [says] })),
    );
    assert.not(existsSync(join(cwd, 'nowhere.onnx')));
  }));

test.run();
