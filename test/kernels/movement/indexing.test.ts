import { partsSpecs } from '../../../src/cases/parts.js';
import { indexingSpecs } from '../../../src/cases/indexing.js';
import { forwardSuite } from '../../support/op_tests.js';

forwardSuite(
  'indexing',
  [...partsSpecs, ...indexingSpecs].map((s) => s.op),
).run();
