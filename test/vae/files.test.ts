/**
 * What an auto-encoder's run leaves: its file, its table, its charts; and the plane that its latent space is shown in.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { hostRandom } from '../../src/data/host_random.js';
import { encodeSafetensors, encodeSealed, parseSafetensors } from '../../src/nn/state/safetensors.js';
import { buildVae, type VaeInput } from '../../src/vae/build.js';
import { latentChart, vaeCurvesChart } from '../../src/vae/charts.js';
import { FEATURE_VAE, IMAGE_VAE, type VaeConfig } from '../../src/vae/config.js';
import { vaeHistoryCsv } from '../../src/vae/history_csv.js';
import { readVae, saveVae, type VaeHeader } from '../../src/vae/model_file.js';
import { principalPlane } from '../../src/vae/pca.js';
import type { VaeEpoch } from '../../src/vae/trainer.js';
import { fails, inFolder } from '../data/fixtures.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { decodePng } from '../support/png.js';

const test = gpuSuite('vae files');

const SMALL = { latent: 3, hidden: 5 } as const;
const HISTORY: readonly VaeEpoch[] = [
  {
    epoch: 1,
    beta: 0.5,
    train: { reconstruction: 300, kl: 2 },
    validation: { reconstruction: 310, kl: 4 },
    seconds: 1.5,
  },
  { epoch: 2, beta: 1, train: { reconstruction: 250, kl: 6 }, validation: null, seconds: 2 },
];

test('a model comes back from its file as it was', () =>
  inFolder(async (folder) => {
    const device = await testDevice();
    const cases: readonly (readonly [VaeConfig, VaeInput, VaeHeader['normalization']])[] = [
      [{ ...FEATURE_VAE, ...SMALL, conditional: true }, { features: 7 }, null],
      [
        { ...IMAGE_VAE, ...SMALL, batchNorm: true },
        { channels: 1, height: 8, width: 8 },
        { mean: [0], std: [1] },
      ],
    ];
    for (const [config, input, normalization] of cases) {
      const file = join(folder, 'model.safetensors');
      const header: VaeHeader = { config, input, classes: ['a', 'b'], normalization, epoch: 4 };
      const model = buildVae(config, input, 2).to(device, { seed: 3 });
      await saveVae(file, header, model);
      const read = await readVae(file);
      assert.equal(read.header, header);
      read.model.to(device, { seed: 4 }).loadStateDict(read.tensors, file);
      assert.equal([...(await read.model.stateDict())], [...(await model.stateDict())]);
      for (const m of [model, read.model]) m.release();
    }
  }));

test('a file that is none, or damaged, is refused by name', () =>
  inFolder(async (folder) => {
    const device = await testDevice();
    const file = join(folder, 'model.safetensors');
    await fails(() => readVae(file), 7, /there is no such file/);
    const header: VaeHeader = {
      config: { ...FEATURE_VAE, ...SMALL },
      input: { features: 7 },
      classes: ['a'],
      normalization: null,
      epoch: 1,
    };
    const model = buildVae(header.config, header.input, 1).to(device);
    await saveVae(file, header, model);
    model.release();
    const {
      tensors,
      metadata: { weft_sha256: _, ...metadata },
    } = parseSafetensors(readFileSync(file), file);
    const refused = async (changed: Record<string, string>, words: RegExp): Promise<void> => {
      const { format = '', ...rest } = { ...metadata, ...changed };
      writeFileSync(
        file,
        format.endsWith('-2')
          ? encodeSealed(format.slice(0, -2), tensors, rest)
          : encodeSafetensors(tensors, { format, ...rest }),
      );
      await fails(() => readVae(file), 7, words);
    };
    await refused(
      { format: 'weft-checkpoint-1' },
      /is no auto-encoder of this version: its format is weft-checkpoint-1/,
    );
    await refused({ header: '{' }, /its header is not JSON/);
    await refused({ header: '{}' }, /config\.loss of its header is missing/);
    await refused(
      { header: JSON.stringify({ ...header, config: { ...header.config, latent: 0.5 } }) },
      /config\.latent of its header is 0\.5/,
    );
    await refused({ header: JSON.stringify({ ...header, input: { features: 8 } }) }, /does not belong to this model/);
    await refused({ header: JSON.stringify({ ...header, classes: 5 }) }, /classes of its header is 5/);
    await refused(
      { header: JSON.stringify({ ...header, normalization: { mean: [0], std: [1] } }) },
      /its header names no mean/,
    );
  }));

test('the table has a line per epoch', () => {
  assert.equal(vaeHistoryCsv(HISTORY).split('\n'), [
    'epoch,beta,train_reconstruction,train_kl,train_total,val_reconstruction,val_kl,val_total,seconds',
    '1,0.5,300,2,301,310,4,312,1.5',
    '2,1,250,6,256,,,,2',
    '',
  ]);
});

test('the charts draw', async () => {
  for (const history of [HISTORY, HISTORY.slice(0, 1), [{ ...HISTORY[1], train: { reconstruction: NaN, kl: 1 } }]]) {
    assert.ok(decodePng(await vaeCurvesChart(history, 'a title')).width > 1500);
  }
  const plane = { x: Float64Array.of(0, 1, 2), y: Float64Array.of(1, 0, 1), shares: [0.5, 0.25] as const };
  const seen = decodePng(await latentChart(plane, [0, 1, 1], ['shoes', 'hats'], 'a title'));
  const colours = new Set(
    Array.from({ length: seen.data.length / 4 }, (_, i) => seen.data.subarray(4 * i, 4 * i + 3).join()),
  );
  assert.ok(colours.has('31,119,180') && colours.has('255,127,14'), 'a colour for each class in the legend');
  for (const classes of [1, 30])
    await latentChart(
      plane,
      [0, 0, 0],
      Array.from({ length: classes }, (_, i) => `class ${i}`),
      '',
    );
});

test('the plane of the two widest directions, however they lie', () => {
  const random = hostRandom(1);
  const count = 4000;
  const axes = [
    [0.6, 0, 0.8, 0],
    [0, 1, 0, 0],
    [-0.8, 0, 0.6, 0],
  ]; // deviations 3, 2 and 0.5 along these, none along the fourth dimension
  const hidden = Array.from({ length: count }, () => [3, 2, 0.5].map((s) => s * random.normal()));
  const points = Float32Array.from(
    hidden.flatMap((h) => [0, 1, 2, 3].map((d) => 10 + h.reduce((sum, v, k) => sum + v * axes[k][d], 0))),
  );
  const { x, y, shares } = principalPlane(points, count, 4);
  assert.ok(
    Math.abs((shares[0] ?? NaN) - 9 / 13.25) < 0.03 && Math.abs((shares[1] ?? NaN) - 4 / 13.25) < 0.03,
    String(shares),
  );
  const agreement = (along: Float64Array, k: number): number =>
    along.reduce((sum, v, n) => sum + v * hidden[n][k], 0) /
    Math.sqrt(along.reduce((s, v) => s + v * v, 0) * hidden.reduce((s, h) => s + h[k] ** 2, 0));
  assert.ok(agreement(x, 0) > 0.999 && agreement(y, 1) > 0.999, `${agreement(x, 0)}, ${agreement(y, 1)}`);
  const line = principalPlane(Float32Array.of(1, 2, 3), 3, 1);
  assert.ok(Math.abs((line.shares[0] ?? NaN) - 1) < 1e-9 && line.shares[1] === 0);
  assert.equal(
    [[...line.x].map((v) => Number(v.toFixed(9))), [...line.y].map(Math.abs)],
    [
      [-1, 0, 1],
      [0, 0, 0],
    ],
  );
  assert.equal(principalPlane(new Float32Array(6), 3, 2).shares, [null, null]);
});

test.run();
