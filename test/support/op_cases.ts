/** Every op under test, one table. */
import { attentionSpecs } from './op_cases/attention.js';
import { convSpecs } from './op_cases/conv.js';
import { denseSpecs } from './op_cases/dense.js';
import { einsumSpecs } from './op_cases/einsum.js';
import { elementwiseSpecs } from './op_cases/elementwise.js';
import { indexingSpecs } from './op_cases/indexing.js';
import { lossSpecs } from './op_cases/losses.js';
import { metricSpecs } from './op_cases/metric.js';
import { movementSpecs } from './op_cases/movement.js';
import { normSpecs } from './op_cases/norm.js';
import { partsSpecs } from './op_cases/parts.js';
import { poolSpecs } from './op_cases/pool.js';
import { recurrentSpecs } from './op_cases/recurrent.js';
import { reduceSpecs } from './op_cases/reduce.js';
import { rnnSpecs } from './op_cases/rnn.js';
import { scanSpecs } from './op_cases/scan.js';
import { scatterSpecs } from './op_cases/scatter.js';
import { statisticsSpecs } from './op_cases/statistics.js';
import { topkSpecs } from './op_cases/topk.js';
import type { OpSpec } from './op_spec.js';

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
  ...rnnSpecs,
  ...scanSpecs,
  ...scatterSpecs,
  ...einsumSpecs,
  ...attentionSpecs,
];

/** @throws Error when no such op is under test. */
export function specOf(op: string): OpSpec {
  const spec = opSpecs.find((s) => s.op === op);
  if (spec === undefined) throw new Error(`op ${op} is not in test/support/op_cases`);
  return spec;
}
