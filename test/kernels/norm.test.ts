import { forwardSuite } from '../support/op_tests.js';

forwardSuite('norm', ['batch_norm', 'layer_norm', 'group_norm', 'local_response_norm']).run();
