/** The cases of every op, one table: what tests, `weft doctor` and `weft bench kernels` walk. */
import { convSpecs } from './conv.js';
import { denseSpecs } from './dense.js';
import { elementwiseSpecs } from './elementwise.js';
import { indexingSpecs } from './indexing.js';
import { lossSpecs } from './losses.js';
import { metricSpecs } from './metric.js';
import { movementSpecs } from './movement.js';
import { normSpecs } from './norm.js';
import { partsSpecs } from './parts.js';
import { poolSpecs } from './pool.js';
import { recurrentSpecs } from './recurrent.js';
import { reduceSpecs } from './reduce.js';
import { statisticsSpecs } from './statistics.js';
import { topkSpecs } from './topk.js';
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
  ...poolSpecs,
  ...movementSpecs,
  ...partsSpecs,
  ...indexingSpecs,
  ...normSpecs,
  ...recurrentSpecs,
];

/** The trials of all families. */
export const TRIALS: readonly FamilyTrials<unknown>[] = opSpecs.flatMap((s) => s.trials ?? []);

/** @throws Error when no such op has cases. */
export function specOf(op: string): OpSpec {
  const spec = opSpecs.find((s) => s.op === op);
  if (spec === undefined) throw new Error(`op ${op} has no cases in src/cases`);
  return spec;
}
