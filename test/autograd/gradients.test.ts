/** Every gradient on the GPU against the reference's, at the cases' hostile sizes. */
import { ops } from '../../src/autograd/graph.js';
import { gradientSuite } from '../support/op_tests.js';
import { opSpecs } from '../support/op_cases.js';

const differentiable = new Set(ops().flatMap((o) => (o.differentiable ? [o.name] : [])));
gradientSuite('gradients', opSpecs.filter((s) => s.composed || differentiable.has(s.op)).map((s) => s.op)).run();
