import { BINARY, UNARY } from '../../src/kernels/elementwise_table.js';
import { forwardSuite } from '../support/op_tests.js';

forwardSuite('elementwise', [...Object.keys(UNARY), ...Object.keys(BINARY)]).run();
