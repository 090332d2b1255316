/** Every gradient on the GPU against the reference's, at the cases' hostile sizes. */
import { ops } from '../../src/autograd/graph.js';
import { gradientSuite } from '../support/op_tests.js';
import { opSpecs } from '../../src/cases/index.js';

// Functions composed of ops (conv1d) are not in the registry; they have a gradient as well.
const without = new Set(ops().flatMap((o) => (o.differentiable ? [] : [o.name])));
gradientSuite(
  'gradients',
  opSpecs.map((s) => s.op).filter((op) => !without.has(op)),
).run();
