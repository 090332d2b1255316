import { forwardSuite } from '../../support/op_tests.js';

forwardSuite('strided_copy', ['permute', 'slice', 'cat', 'expand', 'reshape']).run();
