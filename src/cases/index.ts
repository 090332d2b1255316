/** The cases of every op, one table: what tests, `weft doctor` and `weft bench kernels` walk. */
import { attentionSpecs } from './attention.js';
import { convSpecs } from './conv.js';
import { convTranspose1dSpecs } from './conv_transpose1d.js';
import { denseSpecs } from './dense.js';
import { einsumSpecs } from './einsum.js';
import { elementwiseSpecs } from './elementwise.js';
import { indexingSpecs } from './indexing.js';
import { instanceNormSpecs } from './instance_norm.js';
import { lossSpecs } from './losses.js';
import { metricSpecs } from './metric.js';
import { movementSpecs } from './movement.js';
import { normSpecs } from './norm.js';
import { paddingSpecs } from './padding.js';
import { partsSpecs } from './parts.js';
import { poolSpecs } from './pool.js';
import { recurrentSpecs } from './recurrent.js';
import { reduceSpecs } from './reduce.js';
import { resizingSpecs } from './resizing.js';
import { rnnSpecs } from './rnn.js';
import { scanSpecs } from './scan.js';
import { scatterSpecs } from './scatter.js';
import { statisticsSpecs } from './statistics.js';
import { topkSpecs } from './topk.js';
import { unpoolSpecs } from './unpool.js';
import type { FamilyTrials } from '../kernels/launch/trial.js';
import type { OpSpec } from './spec.js';

export const opSpecs: readonly OpSpec[] = [
  ...elementwiseSpecs,
  ...reduceSpecs,
  ...statisticsSpecs,
  ...topkSpecs,
  ...lossSpecs,
  ...metricSpecs,
  ...denseSpecs,
  ...convSpecs,
  ...convTranspose1dSpecs,
  ...poolSpecs,
  ...unpoolSpecs,
  ...movementSpecs,
  ...partsSpecs,
  ...paddingSpecs,
  ...resizingSpecs,
  ...indexingSpecs,
  ...normSpecs,
  ...instanceNormSpecs,
  ...recurrentSpecs,
  ...rnnSpecs,
  ...scanSpecs,
  ...scatterSpecs,
  ...einsumSpecs,
  ...attentionSpecs,
];

/** The trials of all families. */
export const TRIALS: readonly FamilyTrials<unknown>[] = opSpecs.flatMap((s) => s.trials ?? []);

/** @throws Error when no such op has cases. */
export function specOf(op: string): OpSpec {
  const spec = opSpecs.find((s) => s.op === op);
  if (spec === undefined) throw new Error(`op ${op} has no cases in src/cases`);
  return spec;
}
