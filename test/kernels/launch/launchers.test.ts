/** Kernels that no differentiable op launches by itself; see test/support/kernel_checks.ts. */
import { gpuSuite, testDevice } from '../../support/gpu.js';
import { kernelChecks } from '../../support/kernel_checks.js';

const test = gpuSuite('launchers');
for (const check of kernelChecks) test(check.name, async () => check.run(await testDevice()));
test.run();
