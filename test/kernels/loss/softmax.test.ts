import * as assert from 'uvu/assert';
import { softmax, softmaxBackward, softmaxFamily, type SoftmaxName } from '../../../src/kernels/loss/softmax.js';
import { tensor } from '../../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../../support/gpu.js';

const test = gpuSuite('softmax');

const LOGITS = [300, -300, 299, 0, -1e30, 300, 1, 2];

for (const name of ['softmax', 'log_softmax'] as const satisfies readonly SoftmaxName[]) {
  test(`every member: ${name} of logits in the hundreds, and its gradient`, async () => {
    const device = await testDevice();
    const sum = LOGITS.reduce((s, v) => s + Math.exp(v - 300), 0);
    const share = LOGITS.map((v) => Math.exp(v - 300) / sum);
    const x = tensor(device, LOGITS, { shape: [1, 8] });
    const dy = tensor(
      device,
      LOGITS.map((_, c) => c),
      { shape: [1, 8] },
    );
    const mean = share.reduce((s, v, c) => s + v * c, 0);
    for (const choice of softmaxFamily.candidates(device, { rows: 1, C: 8 })) {
      const y = softmax(name, x, choice);
      const dx = await softmaxBackward(name, y, dy, choice).read();
      for (const [c, got] of (await y.read()).entries()) {
        const expected = name === 'softmax' ? share[c] : LOGITS[c] - 300 - Math.log(sum);
        assert.ok(
          Math.abs(got - expected) <= 2e-6 * Math.max(1, Math.abs(expected)),
          `${choice.variant} y[${c}]: got ${got}, expected ${expected}`,
        );
        const d = name === 'softmax' ? share[c] * (c - mean) : c - share[c] * 28;
        assert.ok(Math.abs(dx[c] - d) <= 3e-5, `${choice.variant} dx[${c}]: got ${dx[c]}, expected ${d}`);
      }
    }
  });
}

test.run();
