/**
 * Grad-CAM against what it must be where the network is linear behind its maps, in general by another gradient, and
 * against PyTorch's (test/golden/make_grad_cam.py).
 */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { backward, noGrad } from '../../src/autograd/graph.js';
import { GradCam, lastMaps, weighted } from '../../src/inference/grad_cam.js';
import { buildModel, modelSpec } from '../../src/nn/models/registry.js';
import type { Module } from '../../src/nn/module.js';
import { tensor, type Tensor } from '../../src/tensor/tensor.js';
import { noise, start } from '../nn/noise.js';
import { GARMENTS, HEADER } from '../train/fixtures.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('Grad-CAM');

const SIZE = { channels: 1, height: 28, width: 28, classes: 10 };
const PICTURE = Float32Array.from(GARMENTS.images.subarray(0, 784), (v) => v / 128 - 0.5);

/** A model with its seed's weights, the map of a class, and the maps that it is made of. */
async function mapOf(
  name: string,
  target: number,
): Promise<{
  model: Module;
  cam: { map: Float32Array; height: number; width: number };
  maps: Float32Array;
  x: Tensor;
}> {
  const device = await testDevice();
  const model = buildModel(name, SIZE).to(device, { seed: 3 }).eval();
  const header = { ...HEADER, model: name, input: SIZE, config: { ...HEADER.config, model: name } };
  const grad = new GradCam(device, { header, tensors: await model.stateDict(), file: name });
  const cam = await grad.map(PICTURE, target);
  grad.release();
  const x = tensor(device, PICTURE, { shape: [1, 1, 28, 28] });
  const maps = device.step(() => noGradMaps(model, name, x));
  return { model, cam, maps: (await maps.read()) as Float32Array, x };
}

function noGradMaps(model: Module, name: string, x: Tensor): Tensor {
  const { maps } = lastMaps(model, modelSpec(name).head, x);
  if (maps === null) throw new Error('no maps');
  return maps;
}

function expectNear(found: Float32Array, expected: Float32Array): void {
  const most = expected.reduce((a, b) => Math.max(a, b), 0);
  assert.ok(most > 0, 'something speaks for the class');
  assert.is(found.length, expected.length);
  found.forEach((v, i) => assert.ok(Math.abs(v - expected[i]) < 1e-4 * most, `${i}: ${v}, ${expected[i]}`));
}

test('behind a global mean and a linear layer alpha is the weight over the places (CAM, Zhou et al. 2016)', async () => {
  const { model, cam, maps } = await mapOf('convbn', 4);
  const weight = (await model.stateDict()).get('fc.weight');
  const w = new Float32Array((weight?.data as Uint8Array).slice().buffer).subarray(4 * 128, 5 * 128);
  assert.equal([cam.height, cam.width, maps.length], [7, 7, 128 * 49]);
  const expected = Float32Array.from({ length: 49 }, (_, i) =>
    Math.max(
      0,
      w.reduce((sum, v, k) => sum + (v / 49) * maps[k * 49 + i], 0),
    ),
  );
  expectNear(cam.map, expected);
  model.release();
});

test('in general: a bias is added at every place, so alpha is its gradient over their number', async () => {
  const { model, cam, maps, x } = await mapOf('cnn', 2);
  const device = await testDevice();
  assert.equal([cam.height, cam.width, maps.length], [14, 14, 64 * 196]);
  model.memory.zeroGrads();
  const seed = Float32Array.from({ length: 10 }, (_, c) => Number(c === 2));
  device.step(() => backward(model.forward(x), tensor(device, seed, { shape: [1, 10] })));
  const bias = [...model.namedParameters()].find(([key]) => key === 'conv2.bias')?.[1].value.grad as Tensor;
  const gradient = (await bias.read()) as Float32Array;
  const everywhere = Float32Array.from(maps, (_, i) => gradient[Math.floor(i / 196)] / 196);
  expectNear(cam.map, weighted(maps, everywhere, 64));
  model.release();
});

interface Golden {
  readonly input: readonly [channels: number, height: number, width: number];
  readonly classes: number;
  readonly norm: number;
  readonly models: readonly {
    readonly name: string;
    readonly target: number;
    readonly map: readonly (readonly number[])[];
  }[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/numbers/grad_cam.json', import.meta.url), 'utf8'),
) as Golden;

for (const { name, target, map } of golden.models)
  test(`${name}: the map is that of PyTorch with torchvision’s network`, async () => {
    const device = await testDevice();
    const [channels, height, width] = golden.input;
    const input = { channels, height, width, classes: golden.classes };
    const model = buildModel(name, input);
    for (const [k, [key, p]] of [...model.namedParameters()].entries())
      p.init = (x) => device.write(x.storage, start(key, p.shape, k + 1, golden.norm), x.byteOffset);
    model.to(device);
    const header = { ...HEADER, model: name, input, config: { ...HEADER.config, model: name } };
    const grad = new GradCam(device, { header, tensors: await model.stateDict(), file: name });
    model.release();
    const cam = await grad.map(noise(channels * height * width, 0), target);
    grad.release();
    assert.equal([cam.height, cam.width], [map.length, map[0].length]);
    expectNear(cam.map, Float32Array.from(map.flat()));
  });

test('networks without maps are refused, and so are classes that there are not', async () => {
  for (const name of ['mlp', 'bilstm'])
    await mapOf(name, 0).then(
      () => assert.unreachable(),
      (e: Error) => assert.match(e.message, /no maps/),
    );
  await mapOf('lenet5', 10).then(
    () => assert.unreachable(),
    (e: Error) => assert.match(e.message, /class 10 of 10/),
  );
  const vit = buildModel('vit_tiny_16', { ...SIZE, height: 32, width: 32 }).to(await testDevice());
  const x = tensor(await testDevice(), new Float32Array(1024), { shape: [1, 1, 32, 32] });
  const { maps } = (await testDevice()).step(() => ({
    maps: noGrad(() => lastMaps(vit.eval(), 'heads.head', x).maps),
  }));
  assert.is(maps, null, 'tokens are no maps');
  vit.release();
});

test.run();
