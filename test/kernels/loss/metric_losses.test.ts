/** The losses that shape an embedding: their cases, what they do at the edges, and messages. */
import * as assert from 'uvu/assert';
import { backward } from '../../../src/autograd/graph.js';
import {
  arcFaceMargin,
  cosineSimilarity,
  crossEntropy,
  normalize,
  supervisedContrastive,
} from '../../../src/autograd/ops/index.js';
import { tensor, zeros, type Tensor } from '../../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../../support/gpu.js';

const test = gpuSuite('metric losses');

test('a vector of zeros stays one, has cosine 0 with all and gets no gradient', async () => {
  const device = await testDevice();
  const x = tensor(
    device,
    [
      [0, 0],
      [3, 4],
    ],
    { requiresGrad: true },
  );
  const cosines = cosineSimilarity(x, tensor(device, [[0, 2]]));
  assert.equal(
    [...(await normalize(x).read())].map((v) => v.toFixed(6)),
    ['0.000000', '0.000000', '0.600000', '0.800000'],
  );
  assert.equal(
    [...(await cosines.read())].map((v) => v.toFixed(6)),
    ['0.000000', '0.800000'],
  );
  backward(cosines, tensor(device, [[1], [1]]));
  assert.ok([...(await (x.grad as Tensor).read())].every(Number.isFinite));
});

test('the margin is finite, and its gradient too, where an image lies on its class or opposite to it', async () => {
  const device = await testDevice();
  const x = tensor(
    device,
    [
      [8, -8],
      [-8, 8],
    ],
    { requiresGrad: true },
  );
  const logits = arcFaceMargin(x, tensor(device, [0, 0], { dtype: 'u32' }), { margin: 0.5, scale: 8 });
  const [own, other, opposite] = await logits.read();
  assert.ok(Math.abs(own - 8 * Math.cos(0.5)) < 0.01, `${own}`);
  assert.is(other, -8);
  assert.ok(Math.abs(opposite - 8 * (-1 - 0.5 * Math.sin(0.5))) < 1e-4, `${opposite}`);
  backward(
    logits,
    tensor(device, [
      [1, 1],
      [1, 1],
    ]),
  );
  assert.ok([...(await (x.grad as Tensor).read())].every(Number.isFinite));
});

test(
  'a label that is no class moves no logit, and cross-entropy says NaN of it; rows that share no label have no ' +
    'contrastive loss',
  async () => {
    const device = await testDevice();
    const wrong = tensor(device, [7], { dtype: 'u32' });
    const z = arcFaceMargin(tensor(device, [[1, 2]]), wrong, { margin: 0.5, scale: 8 });
    assert.equal([...(await z.read())], [1, 2]);
    assert.ok(Number.isNaN(await crossEntropy(z, wrong).item()));
    const x = tensor(device, [
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
    assert.equal(
      [
        ...(await supervisedContrastive(x, tensor(device, [0, 1, 2], { dtype: 'u32' }), 3, {
          reduction: 'none',
        }).read()),
      ].map(Math.abs),
      [0, 0, 0],
    );
    assert.ok(
      [
        ...(await supervisedContrastive(x, tensor(device, [0, 0, 7], { dtype: 'u32' }), 3, {
          reduction: 'none',
        }).read()),
      ].every(Number.isNaN),
      'a label that is no class is seen in the loss',
    );
  },
);

test('messages', async () => {
  const device = await testDevice();
  const [x, label] = [zeros(device, [4, 3]), zeros(device, [4], 'u32')];
  assert.throws(
    () => arcFaceMargin(x, zeros(device, [3], 'u32'), { margin: 0.5, scale: 8 }),
    /\[arc_face\] x \(4, 3\) needs labels \(4,\) u32, got \(3,\) u32/,
  );
  assert.throws(() => arcFaceMargin(x, label, { margin: 2, scale: 8 }), /margin 2 is not from 0 to π \/ 2/);
  assert.throws(() => arcFaceMargin(x, label, { margin: 0.5, scale: 0 }), /scale 0 is not above 0/);
  assert.throws(
    () => supervisedContrastive(x, zeros(device, [4]), 3),
    /\[supervised_contrastive\] x \(4, 3\) needs labels \(4,\) u32, got \(4,\) f32/,
  );
  assert.throws(() => supervisedContrastive(zeros(device, [4]), label, 3), /x \(4,\) is no matrix/);
  assert.throws(() => supervisedContrastive(x, label, 3, { temperature: 0 }), /temperature 0 is not above 0/);
});

test.run();
