/** `weft models` and `weft summary`. */
import * as assert from 'uvu/assert';
import { MODELS } from '../../src/nn/models/registry.js';
import { inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';
import { differences } from './documented.js';
import { expectRefusals, weft, weftJson } from './weft.js';

const test = suite('models, summary');

test('models --json is one document; the table is on stdout, alone', () =>
  inFolder(async (cwd) => {
    const { models } = await weftJson<{
      models: { name: string; parameters: number; multiplyAdds: number; activationBytes: number; use: string }[];
    }>(['models'], { cwd });
    assert.equal(differences('models', { models }), []);
    assert.equal(
      models.slice(0, 3).map((m) => [m.name, m.parameters]),
      [
        ['mlp', 235_146],
        ['lenet5', 61_706],
        ['cnn', 421_642],
      ],
    );
    assert.equal(
      models.map((m) => m.name),
      MODELS.map((m) => m.name),
    );
    const cnn = models.find((m) => m.name === 'cnn');
    assert.is(cnn?.multiplyAdds, 32 * 784 * 9 + 64 * 196 * 9 * 32 + 3136 * 128 + 128 * 10);
    assert.is(cnn?.activationBytes, 4 * (32 * (784 + 196) + 64 * (196 + 49) + 128 + 10));
    for (const { name, use, multiplyAdds } of models) assert.ok(use.length > 10 && multiplyAdds > 0, name);
    const plain = await weft(['models'], { cwd });
    assert.is(plain.stderr, '');
    assert.match(plain.stdout, /lenet5 +61,706 +0\.42 +0\.03 +28x28x1, 10 +12 +small grey images/);
    assert.match(plain.stdout, /resnet50 +25,557,032 +4,089 +85\.6 +224x224x3, 1000 +1 +transfer/);
  }));

test('summary --json has totals and layers, the table is on stdout', () =>
  inFolder(async (cwd) => {
    const args = ['summary', 'resnet18', '--classes', '5', '--channels', '1', '--image-size', '64'];
    const summary = await weftJson<{
      parameters: number;
      flops: number;
      input: object;
      layers: { name: string; output: number[] }[];
    }>(args, { cwd });
    assert.is(summary.parameters, 11_689_512 - 995 * 513 - 2 * 64 * 49);
    assert.equal(summary.input, { channels: 1, height: 64, width: 64, classes: 5 });
    assert.equal(summary.layers.at(-1), {
      name: 'fc',
      type: 'Linear',
      output: [1, 5],
      parameters: 5 * 513,
      flops: 2 * 5 * 512,
      activationBytes: 20,
    });
    const plain = await weft(args, { cwd });
    assert.is(plain.stderr, '');
    assert.match(plain.stdout, /layer1\.0\.conv1 +Conv2d +\(1, 64, 16, 16\) +36,864/);
    await expectRefusals(cwd, [
      { args: 'summary resnet19', code: 2, says: [/there is no model "resnet19"/, /resnet20/] },
      { args: 'summary vgg16 --image-size 28', code: 2, says: [/vgg16 needs images of at least 32x32, got 28x28/] },
      { args: 'summary cnn --classes 0', code: 2, says: [/--classes "0" is not a whole number of at least 1/] },
      { args: 'summary', code: 2, says: [/weft summary needs <model>/] },
      // The weights are looked at before the data are, which may take minutes.
      ...[
        'train --model lenet5',
        'lr-find --model lenet5',
        'compare --models lenet5',
        'imbalance --model lenet5 --methods plain',
      ].map((command) => ({
        args: `${command} --data nowhere --pretrained absent.safetensors`,
        code: 7,
        says: [/--pretrained absent\.safetensors: there is no such file/],
      })),
      {
        args: 'train --data synthetic --model lenet5 --freeze features',
        code: 2,
        says: [/--freeze features matches no parameter/, /conv1, conv2/],
      },
      { args: 'train --data synthetic --model lenet5 --head-lr -1', code: 2, says: [/--head-lr/] },
    ]);
  }));

test.run();
