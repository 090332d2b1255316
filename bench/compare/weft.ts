/** Weft as a contender: `node dist/bench/compare/weft.js WORKLOAD BUDGET_MS`. */
import { packageJson } from '#platform';
import { Device } from '../../src/device/device.js';
import { WORKLOADS } from '../train/workloads.js';
import { contend, measure } from './measure.js';

await contend(async () => {
  const [name, budget] = process.argv.slice(2);
  const workload = WORKLOADS.find((w) => w.name === name);
  if (workload === undefined) throw new Error(`no workload ${name}`);
  const device = await Device.create();
  const captured = device.capture(workload.prepare(device));
  const step = async (): Promise<number | null> => {
    const result = captured();
    if (result.size === 1) return (await result.read())[0];
    await device.sync();
    return null;
  };
  return measure(step, Number(budget), { adapter: device.name, version: packageJson().version });
});
