import { forwardSuite } from '../support/op_tests.js';

forwardSuite('matmul', ['matmul', 'linear']).run();
