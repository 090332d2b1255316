import { partsSpecs } from '../../support/op_cases/parts.js';
import { indexingSpecs } from '../../support/op_cases/indexing.js';
import { forwardSuite } from '../../support/op_tests.js';

forwardSuite(
  'indexing',
  [...partsSpecs, ...indexingSpecs].map((s) => s.op),
).run();
