import { forwardSuite } from '../support/op_tests.js';

forwardSuite('reduce', ['sum', 'mean', 'max', 'min', 'prod']).run();
