/**
 * Watching a model's numbers: a loss can stay finite while weights have become NaN, behind a maximum for one, or when
 * nothing has read them yet; what is saved then is a broken network that looks like a poor one. So everything that a
 * file would hold is counted on the GPU before it is saved. Only where something is found is it read, to say what and
 * how much.
 */
import { DivergedError } from '../../device/errors.js';
import { countNonFinite } from '../../kernels/reduce/count_nonfinite.js';
import { describeNonFinite, findNonFinite } from '../../nn/state/finite.js';
import type { AnyModule } from '../../nn/module.js';
import { fromFloat32 } from '../../nn/state/safetensors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type Text } from '../../text/wording.js';

/**
 * How many weights, running statistics and numbers of `state` (moments, averages) are NaN or infinite: one read of 4
 * bytes.
 */
export async function brokenNumbers(model: AnyModule, state: ReadonlyMap<string, Tensor> = new Map()): Promise<number> {
  const { device } = model.memory;
  const total = device.step(() => countNonFinite([...model.floatMemory(), ...state.values()]));
  try {
    return (await total.read())[0];
  } finally {
    total.release();
  }
}

export interface WatchContext {
  /** E.g. `after epoch 3`. */
  readonly when: string;
  /** What may help. */
  readonly fix: Text;
}

/** @throws DivergedError naming the first tensors that are not finite, and how many of their numbers. */
export async function requireFiniteNumbers(
  model: AnyModule,
  state: ReadonlyMap<string, Tensor> | undefined,
  { when, fix }: WatchContext,
): Promise<void> {
  if ((await brokenNumbers(model, state)) === 0) return;
  const all = await model.stateDict();
  for (const [name, t] of state ?? [])
    all.set(`optimizer.${name}`, fromFloat32((await t.read()) as Float32Array, t.shape));
  throw new DivergedError(`weights became NaN or infinite ${when}: ${describeNonFinite(findNonFinite(all))}`, { fix });
}
