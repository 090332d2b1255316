import { composedSpecs } from '../support/op_cases/parts.js';
import { forwardSuite, gradientSuite } from '../support/op_tests.js';

const composed = composedSpecs.map((s) => s.op);
forwardSuite('indexing', [...composed, 'flip', 'pad', 'index_select', 'gather', 'embedding', 'one_hot', 'upsample_nearest', 'upsample_bilinear', 'dropout2d']).run();
gradientSuite('gradients of composed functions', composed).run();
