import { forwardSuite } from '../support/op_tests.js';

forwardSuite('conv2d', ['conv2d', 'conv1d', 'conv_transpose2d']).run();
