import { partsSpecs } from '../../../src/cases/ops/parts.js';
import { indexingSpecs } from '../../../src/cases/ops/indexing.js';
import { forwardSuite } from '../../support/op_tests.js';

forwardSuite(
  'indexing',
  [...partsSpecs, ...indexingSpecs].map((s) => s.op),
).run();
