/** A GRU layer as GPUs walk it (layer_walk.ts). */
import { gruStepBackwardFamily, gruStepFamily } from './gru.js';
import { walkKernel, type WalkKind } from './layer_walk.js';

const cell = ['recurrent/gru_cell.wgsl'];

/** Gates r z n; keeps w_hn h + b_hn of each step. */
export const gruWalk: WalkKind = {
  name: 'gru',
  gates: 3,
  states: 1,
  keeps: true,
  splits: true,
  forward: walkKernel('gru', '', 3, cell, ['read', 'read', 'read', 'write', 'write', 'write', 'write']),
  backward: walkKernel('gru', '_backward', 3, cell, [
    'read',
    'read',
    'read',
    'read',
    'read',
    'write',
    'write',
    'write',
  ]),
  families: { forward: gruStepFamily, backward: gruStepBackwardFamily },
  reads: ({ kept, before }) => [kept, before],
};
