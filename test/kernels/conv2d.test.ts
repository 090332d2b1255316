import { forwardSuite } from '../support/op_tests.js';

forwardSuite('conv2d', ['conv2d', 'max_pool2d', 'avg_pool2d']).run();
