/** Weft as a contender: `node dist/bench/compare/weft.js WORKLOAD BUDGET_MS`. */
import { packageJson } from '#platform';
import { Device } from '../../src/device/device.js';
import { WORKLOADS } from '../train/workloads.js';
import { captureInference } from '../../src/nn/capture_inference.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { inferenceOf } from './inference.js';
import { contend, measure } from './measure.js';

await contend(async () => {
  const [name, budget] = process.argv.slice(2);
  const workload = WORKLOADS.find((w) => w.name === name);
  const device = await Device.create();
  const about = { adapter: device.name, version: packageJson().version };
  if (workload === undefined) {
    const { model, x } = inferenceOf(device, name);
    const infer = captureInference(device, (fold, images: Tensor) => fold(() => model.forward(images)));
    const call = async (): Promise<null> => {
      await infer(x).read();
      return null;
    };
    return measure(call, Number(budget), about);
  }
  const captured = device.capture(workload.prepare(device));
  const step = async (): Promise<number | null> => {
    const result = captured();
    if (result.size === 1) return (await result.read())[0];
    await device.sync();
    return null;
  };
  return measure(step, Number(budget), about);
});
