/** The options of `weft diagnose`. */
import { DATA_FORMS, OWN_MODEL_OPTION, type SpecTable } from './options.js';

export const DIAGNOSE_OPTIONS = {
  model: OWN_MODEL_OPTION,
  data: { type: 'string', describe: `images to judge by in place of the run’s test part: ${DATA_FORMS}` },
  checkpoint: {
    type: 'string',
    describe: 'which of the run’s checkpoints gives the answers',
    choices: ['best', 'last'],
    default: 'best',
  },
  steps: {
    type: 'boolean',
    describe: 'take some training steps aside, to see gradients and updates (--no-steps: less work)',
    default: true,
  },
  out: { type: 'string', describe: 'PNG to draw it to: how far a step moves each layer’s weights, and its gradients' },
  strict: { type: 'boolean', describe: 'exit code 8 when a problem or warning is found', default: false },
} as const satisfies SpecTable;
