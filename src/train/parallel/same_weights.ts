/** All ranks begin with the same numbers, and a digest after every epoch shows that they keep them. */
import { sha256 } from '#platform';
import { broadcastText, type Collective } from '../../collective/collective.js';
import { CollectiveError } from '../../device/errors.js';
import type { AnyModule } from '../../nn/module.js';
import type { Tensor } from '../../tensor/tensor.js';

/** Gives all ranks the first one's weights, running statistics and state. */
export async function broadcastNumbers(
  collective: Collective,
  model: AnyModule,
  state: ReadonlyMap<string, Tensor>,
): Promise<void> {
  if (collective.size === 1) return;
  for (const t of [...model.floatMemory(), ...state.values()]) {
    const numbers = (await t.read()) as Float32Array<ArrayBuffer>;
    await collective.broadcast(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
    if (collective.rank !== 0) t.device.write(t.storage, numbers, t.byteOffset);
  }
}

/** @throws CollectiveError on all ranks, naming those whose weights or running statistics are not the first one's. */
export async function requireSameWeights(collective: Collective, model: AnyModule, when: string): Promise<void> {
  if (collective.size === 1) return;
  const numbers = await Promise.all(model.floatMemory().map((t) => t.read()));
  const own = sha256(numbers.map((n) => new Uint8Array(n.buffer, n.byteOffset, n.byteLength)));
  const first = await broadcastText(collective, own);
  const differs = new Float32Array(collective.size);
  differs[collective.rank] = Number(own !== first);
  await collective.allReduce(differs);
  const ranks = [...differs.keys()].filter((r) => differs[r] > 0);
  if (ranks.length > 0)
    throw new CollectiveError(`${when} the weights of rank ${ranks.join(', ')} are not those of rank 0`, {
      fix: 'are all of them the same version, on adapters that work? The checkpoints of earlier epochs are kept',
    });
}
