import { forwardSuite } from '../../support/op_tests.js';

forwardSuite('gru', ['gru']).run();
