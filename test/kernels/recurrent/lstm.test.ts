import { forwardSuite } from '../../support/op_tests.js';

forwardSuite('lstm', ['lstm']).run();
