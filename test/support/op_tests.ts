/** Turns the cases of an op into tests. */
import { checkForward, checkGradients } from './check_op.js';
import { gpuSuite, testDevice } from './gpu.js';
import { specOf } from '../../src/cases/index.js';
import { caseName } from '../../src/cases/spec.js';

/**
 * A suite with one test per case of each op: the GPU's forward against the reference. Returned so that more can be
 * added.
 */
export function forwardSuite(name: string, ops: readonly string[]): ReturnType<typeof gpuSuite> {
  const test = gpuSuite(name);
  for (const spec of ops.map(specOf)) {
    for (const c of spec.cases)
      test(caseName(spec, c), async () => void (await checkForward(await testDevice(), spec, c)));
  }
  return test;
}

/** A suite with one test per case of each op: the GPU's gradients against the reference's. */
export function gradientSuite(name: string, ops: readonly string[]): ReturnType<typeof gpuSuite> {
  const test = gpuSuite(name);
  for (const spec of ops.map(specOf)) {
    for (const c of spec.cases)
      if (c.forwardOnly === undefined) test(caseName(spec, c), async () => checkGradients(await testDevice(), spec, c));
  }
  return test;
}
