/** A plain recurrent layer as GPUs walk it (layer_walk.ts). */
import { walkKernel, type WalkKind } from './layer_walk.js';
import { rnnStepBackwardFamily, rnnStepFamily } from './rnn.js';

/** Its one gate is h itself. */
export const rnnWalk: WalkKind = {
  name: 'rnn',
  gates: 1,
  states: 1,
  keeps: false,
  splits: false,
  forward: walkKernel('rnn', '', 1, [], ['read', 'read', 'read', 'write', 'write', 'write']),
  backward: walkKernel('rnn', '_backward', 1, [], ['read', 'read', 'read', 'write', 'write']),
  families: { forward: rnnStepFamily, backward: rnnStepBackwardFamily },
  reads: () => [],
};
