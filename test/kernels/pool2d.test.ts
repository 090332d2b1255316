import { forwardSuite } from '../support/op_tests.js';

forwardSuite('pool2d', ['max_pool2d', 'avg_pool2d', 'adaptive_max_pool2d', 'adaptive_avg_pool2d']).run();
