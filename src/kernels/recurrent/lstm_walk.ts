/** An LSTM layer as GPUs walk it (layer_walk.ts). */
import { walkKernel, type WalkKind } from './layer_walk.js';
import { lstmStepBackwardFamily, lstmStepFamily } from './lstm.js';

const cell = ['recurrent/lstm_cell.wgsl'];

/** Gates i f g o; states h and c; keeps the c after each step. */
export const lstmWalk: WalkKind = {
  name: 'lstm',
  gates: 4,
  states: 2,
  keeps: true,
  splits: false,
  forward: walkKernel('lstm', '', 4, cell, ['read', 'read', 'read', 'read', 'write', 'write', 'write', 'write']),
  backward: walkKernel('lstm', '_backward', 4, cell, ['read', 'read', 'read', 'read', 'read', 'write', 'write']),
  families: { forward: lstmStepFamily, backward: lstmStepBackwardFamily },
  reads: ({ kept, first }) => [kept, first.at(1) ?? null],
};
