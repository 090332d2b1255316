/** Ten training steps of small networks give PyTorch's losses and weights (test/golden/pinned.py). */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { backward } from '../../src/autograd/graph.js';
import type { AnyModule } from '../../src/nn/module.js';
import { fromFloat32, toFloat32, type RawTensor } from '../../src/nn/state/safetensors.js';
import { sizeOf } from '../../src/tensor/shape.js';
import { tensor } from '../../src/tensor/tensor.js';
import { Adam, SGD } from '../../src/optim/optim.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { noise } from './noise.js';
import { ConvNet, pinned, pinnedConvVae, pinnedVae, Residual, type PinnedNetwork } from './pinned_networks.js';

interface Run {
  readonly name: string;
  readonly optimizer: 'adam' | 'sgd';
  readonly input: readonly number[];
  readonly losses: readonly number[];
  readonly state: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly norm: number; readonly product: number }>
  >;
}

const { runs } = JSON.parse(
  readFileSync(new URL('../../../test/golden/numbers/pinned.json', import.meta.url), 'utf8'),
) as {
  runs: readonly Run[];
};
const NETWORKS: Readonly<Record<string, () => PinnedNetwork>> = {
  'conv net': () => pinned(new ConvNet()),
  'residual net': () => pinned(new Residual()),
  VAE: pinnedVae,
  'conv VAE': pinnedConvVae,
};
const LOSS_TOLERANCE = 1e-4;
const WEIGHT_TOLERANCE = 1e-3;

/** Weights by the formula; batch norm keeps its own initial values. */
async function setWeights(model: AnyModule): Promise<void> {
  const state = await model.stateDict();
  let fanIn = 1;
  for (const [k, [name, p]] of [...model.namedParameters()].entries()) {
    if (p.shape.length > 1) fanIn = sizeOf(p.shape.slice(1)); // a bias comes after its weight
    if (!name.includes('bn')) state.set(name, fromFloat32(noise(p.size, k + 1, 1 / Math.sqrt(fanIn)), p.shape));
  }
  model.loadStateDict(state, 'the formula');
}

const test = gpuSuite('pinned runs');

for (const run of runs) {
  test(run.name, async () => {
    const device = await testDevice();
    const { model, loss: lossOf } = NETWORKS[run.name.split(',')[0]]();
    model.to(device);
    await setWeights(model);
    const optimizer =
      run.optimizer === 'adam'
        ? new Adam(model, { lr: 0.01 })
        : new SGD(model, { lr: 0.1, momentum: 0.9, weightDecay: 1e-4 });
    const batch = run.input[0];
    let worst = 0;
    for (const [s, expected] of run.losses.entries()) {
      const x = tensor(device, noise(sizeOf(run.input), 1000 + s), { shape: run.input });
      const label = tensor(
        device,
        Uint32Array.from({ length: batch }, (_, n) => (3 * n + s) % 5),
      );
      const eps = tensor(device, noise(batch * 4, 2000 + s), { shape: [batch, 4] });
      const loss = device.step(() => {
        optimizer.zeroGrad();
        const l = lossOf(x, label, eps);
        backward(l);
        optimizer.step();
        return l;
      });
      const got = await loss.item();
      worst = Math.max(worst, Math.abs(got - expected) / Math.abs(expected));
      assert.ok(worst < LOSS_TOLERANCE, `step ${s}: loss ${got}, PyTorch's ${expected}`);
    }
    const state = await model.stateDict();
    for (const [k, [key, { shape, norm, product }]] of Object.entries(run.state).entries()) {
      const values = toFloat32(state.get(key) as RawTensor, key, run.name);
      assert.equal(state.get(key)?.shape, shape, key);
      const index = Object.keys(Object.fromEntries(state)).indexOf(key) + 1;
      const weights = noise(values.length, 100 + index);
      const [gotNorm, gotProduct] = [
        Math.sqrt(values.reduce((a, v) => a + v * v, 0)),
        values.reduce((a, v, i) => a + v * weights[i], 0),
      ];
      const error = Math.max(Math.abs(gotNorm - norm), Math.abs(gotProduct - product)) / norm;
      assert.ok(
        error < WEIGHT_TOLERANCE,
        `${key} (${k}): norm ${gotNorm} and product ${gotProduct}, PyTorch's ${norm} and ${product}`,
      );
    }
    if (process.env['WEFT_OP_TABLE'] !== undefined)
      console.log(`${run.name}: worst relative error of a loss ${worst.toExponential(1)}`);
  });
}

test.run();
