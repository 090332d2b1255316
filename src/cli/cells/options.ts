/** The options of those who compute tables cell by cell. */
import { grouped, SHARED_OPTIONS, type SpecTable } from '../options/options.js';

const SERVER = 'Redis or Valkey at redis://HOST:PORT, the password in $WEFT_QUEUE_PASSWORD';

/** Of compare and imbalance: who computes the cells. */
export const EXECUTOR_OPTIONS = grouped('Many runs at once', {
  jobs: { type: 'integer', describe: 'compute in so many processes of this machine', min: 1, below: 1025 },
  'list-cells': {
    type: 'boolean',
    describe: 'compute nothing: write plan.json, and print one command a line for Slurm, GNU parallel and others',
    default: false,
  },
  status: {
    type: 'boolean',
    describe: 'compute nothing: show which cells are waiting, running (by whom), done or failed (why)',
    default: false,
  },
  queue: {
    type: 'string',
    describe: `leave the computing to weft worker, by a queue: ${SERVER}`,
  },
} as const satisfies SpecTable);

const DATA_OPTION = {
  type: 'string',
  describe: 'where the data are here, if not where the plan says; they must be the same',
} as const;

export const CELL_OPTIONS = {
  plan: { type: 'string', describe: 'plan.json in the folder of the table', demand: true },
  data: DATA_OPTION,
  ...SHARED_OPTIONS,
} as const satisfies SpecTable;

export const WORKER_OPTIONS = {
  queue: { type: 'string', describe: `the queue: ${SERVER}`, demand: true },
  out: {
    type: 'string',
    describe: 'the folder that tables are in, shared with who queues them (default: results go back by the queue)',
  },
  data: DATA_OPTION,
  'until-empty': {
    type: 'boolean',
    describe: 'end when nothing is left to take (default: wait for more)',
    default: false,
  },
  adapter: SHARED_OPTIONS.adapter,
  tune: SHARED_OPTIONS.tune,
} as const satisfies SpecTable;
