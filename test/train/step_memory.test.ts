/** What `weft doctor` says of memory: measured sizes against what the model is known to keep. */
import * as assert from 'uvu/assert';
import { DEFAULT_INPUT, MODELS } from '../../src/nn/models/registry.js';
import { largestBatch, measureStepMemory, type MemoryConfig } from '../../src/train/step/step_memory.js';
import { withDevice } from '../support/gpu.js';
import { suite } from '../support/harness.js';

const test = suite('step memory');

test('the perceptron: four numbers per parameter, and per image at least its activations', () =>
  withDevice({}, async (device) => {
    const mlp = MODELS.find((m) => m.name === 'mlp');
    assert.ok(mlp);
    const before = device.statistics().inUse;
    const memory = await measureStepMemory(device, mlp, DEFAULT_INPUT);
    assert.is(memory.parameters, 235_146);
    const perParameter = memory.fixedBytes / memory.parameters / 4;
    assert.ok(
      perParameter > 4 && perParameter < 4.05,
      `${perParameter} numbers per parameter, expected weight, gradient and two moments`,
    );
    // What backward needs: image, hidden layers after ReLU, logits; besides them the gradients of some.
    const activations = 4 * (784 + 256 + 128 + 10);
    assert.ok(
      memory.bytesPerImage >= activations && memory.bytesPerImage < 1.5 * activations,
      `${memory.bytesPerImage} bytes per image, activations take ${activations}`,
    );
    assert.ok(device.statistics().inUse <= before + 8, 'the model is given back');
  }));

test('what is kept of each weight is that of the run’s optimizer, and its average', () =>
  withDevice({}, async (device) => {
    const mlp = MODELS.find((m) => m.name === 'mlp');
    assert.ok(mlp);
    const numbers = async (config: MemoryConfig): Promise<number> => {
      const { fixedBytes, parameters } = await measureStepMemory(device, mlp, DEFAULT_INPUT, config);
      return Math.floor(fixedBytes / parameters / 4);
    };
    assert.is(await numbers({ optimizer: 'sgd', momentum: 0.9 }), 3);
    assert.is(await numbers({ optimizer: 'adagrad' }), 3);
    assert.is(await numbers({ optimizer: 'lion', ema: 0.999 }), 4);
    assert.is(await numbers({ optimizer: 'adamw', swa: { start: 1 } }), 5);
  }));

test('the largest batch is a power of two that fits, or none', () => {
  const memory = { name: 'm', parameters: 1, fixedBytes: 1000, bytesPerImage: 10 };
  assert.is(largestBatch(memory, 1000 + 640), 64);
  assert.is(largestBatch(memory, 1000 + 639), 32);
  assert.is(largestBatch(memory, 1009), 0);
  assert.is(largestBatch(memory, 10), 0);
});

test.run();
