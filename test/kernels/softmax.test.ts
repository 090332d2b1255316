import { forwardSuite } from '../support/op_tests.js';

forwardSuite('softmax', ['softmax', 'log_softmax']).run();
