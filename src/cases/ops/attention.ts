/** Cases of scaled dot-product attention: without a mask, causal, with another scale, with a mask of either kind. */
import { scaledDotProductAttention } from '../../autograd/ops/index.js';
import { hostTensor, type HostTensor } from '../../kernels/launch/host_tensor.js';
import { attention } from '../../kernels/attention/attention_reference.js';
import { defineSpec, type InputSpec, type OpCase, type OpSpec } from '../spec.js';

interface Args {
  readonly causal?: boolean;
  readonly scale?: number;
}

/** All leading dimensions as one. */
function batched(x: HostTensor): HostTensor {
  const lead = x.shape.slice(0, -2);
  return hostTensor([lead.reduce((n, d) => n * d, 1), ...x.shape.slice(-2)], x.data);
}

const QKV: readonly InputSpec[] = ['q', 'k', 'v'].map((name) => ({ name, domain: { low: -2, high: 2 } }));

/** The case of these sizes; `mask` is the shape of one. */
const sized = (
  [L, S, E, F]: readonly number[],
  lead: readonly number[],
  args: Args,
  mask?: readonly number[],
): OpCase<Args> => ({
  shapes: [[...lead, L, E], [...lead, S, E], [...lead, S, F], ...(mask === undefined ? [] : [mask])],
  args,
});

function attentionSpec(op: string, kind: 'added' | 'allowed', mask: InputSpec, cases: readonly OpCase<Args>[]): OpSpec {
  return defineSpec<Args>({
    op,
    composed: true,
    inputs: [...QKV, mask],
    gpu: ([q, k, v, ...given], args) => scaledDotProductAttention(q, k, v, { ...args, mask: given.at(0) ?? null }),
    cpu: (inputs, args) => {
      const [q, k, v] = inputs.slice(0, 3).map(batched);
      const given = inputs.at(3);
      const masks = given === undefined ? {} : { [kind]: given.shape.length > 2 ? batched(given) : given };
      const y = attention(q, k, v, { ...args, ...masks });
      return hostTensor([...inputs[0].shape.slice(0, -1), v.shape[2]], y.data);
    },
    bench:
      kind === 'added'
        ? [
            {
              shapes: [
                [4, 8, 128, 64],
                [4, 8, 128, 64],
                [4, 8, 128, 64],
              ],
              args: { causal: true },
              flops: 4 * 4 * 8 * 128 * 128 * 64,
            },
          ]
        : [],
    cases,
  });
}

const ADDED: InputSpec = { name: 'mask', domain: { low: -3, high: 3 } };
const ALLOWED: InputSpec = { name: 'mask', dtype: 'u32', domain: { low: 0, high: 2, integers: true } };

export const attentionSpecs: readonly OpSpec[] = [
  attentionSpec('scaled_dot_product_attention', 'added', ADDED, [
    sized([1, 1, 1, 1], [], {}),
    sized([5, 7, 3, 4], [2], {}),
    sized([17, 17, 8, 8], [2, 3], { causal: true }),
    sized([3, 9, 4, 5], [2], { causal: true, scale: 0.25 }), // more keys than queries: the first ones are seen
    sized([9, 3, 4, 5], [2], { causal: true }),
    sized([6, 5, 3, 2], [2], {}, [6, 5]),
    sized([6, 5, 3, 2], [2, 2], { causal: true }, [2, 2, 6, 5]),
  ]),
  attentionSpec('scaled_dot_product_attention, boolean mask', 'allowed', ALLOWED, [
    sized([5, 31, 3, 4], [2], {}, [5, 31]),
    sized([6, 33, 3, 2], [2, 2], { scale: 1 }, [2, 2, 6, 33]),
  ]),
];
