/** The cases of every op, one table: what tests, `weft doctor` and `weft bench kernels` walk. */
import { attentionSpecs } from './ops/attention.js';
import { convSpecs } from './ops/conv.js';
import { convTranspose1dSpecs } from './ops/conv_transpose1d.js';
import { denseSpecs } from './ops/dense.js';
import { einsumSpecs } from './ops/einsum.js';
import { elementwiseSpecs } from './ops/elementwise.js';
import { indexingSpecs } from './ops/indexing.js';
import { instanceNormSpecs } from './ops/instance_norm.js';
import { lossSpecs } from './ops/losses.js';
import { metricSpecs } from './ops/metric.js';
import { movementSpecs } from './ops/movement.js';
import { normSpecs } from './ops/norm.js';
import { paddingSpecs } from './ops/padding.js';
import { partsSpecs } from './ops/parts.js';
import { poolSpecs } from './ops/pool.js';
import { recurrentSpecs } from './ops/recurrent.js';
import { reduceSpecs } from './ops/reduce.js';
import { resizingSpecs } from './ops/resizing.js';
import { rnnSpecs } from './ops/rnn.js';
import { scanSpecs } from './ops/scan.js';
import { scatterSpecs } from './ops/scatter.js';
import { statisticsSpecs } from './ops/statistics.js';
import { topkSpecs } from './ops/topk.js';
import { unpoolSpecs } from './ops/unpool.js';
import { cdistSpecs } from './ops/cdist.js';
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
  ...cdistSpecs,
];

/** The trials of all families. */
export const TRIALS: readonly FamilyTrials<unknown>[] = opSpecs.flatMap((s) => s.trials ?? []);

/** @throws Error when no such op has cases. */
export function specOf(op: string): OpSpec {
  const spec = opSpecs.find((s) => s.op === op);
  if (spec === undefined) throw new Error(`op ${op} has no cases in src/cases`);
  return spec;
}
