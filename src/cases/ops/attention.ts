/**
 * Cases of scaled dot-product attention: without a mask, causal, with another scale, with a mask of either kind; of
 * heads in one tensor.
 */
import { scaledDotProductAttention, selfAttention } from '../../autograd/ops/index.js';
import { hostTensor, type HostTensor } from '../../kernels/launch/host_tensor.js';
import { attention, attentionBackward } from '../../kernels/attention/attention_reference.js';
import { attentionBackwardTrials, attentionTrials } from '../../kernels/attention/trial.js';
import type { Tensor } from '../../tensor/tensor.js';
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

const SIZES = {
  shapes: [
    [4, 8, 128, 64],
    [4, 8, 128, 64],
    [4, 8, 128, 64],
  ],
  flops: 4 * 4 * 8 * 128 * 128 * 64,
};

/** The shape of all scores, and, for each of them, which number of a mask that broadcasts belongs to it. */
function scoresOf([q, k, , mask]: readonly HostTensor[]): { shape: number[]; inMask: number[] } {
  const whole = [...q.shape.slice(0, -1), k.shape[k.shape.length - 2]];
  const strides = mask.shape.map((n, i) => (n === 1 ? 0 : mask.shape.slice(i + 1).reduce((size, d) => size * d, 1)));
  const size = whole.reduce((n, d) => n * d, 1);
  const inMask = Array.from({ length: size }, (_, at) => {
    let [rest, place] = [at, 0];
    for (let i = 1; i <= whole.length; i++) {
      place += (rest % whole[whole.length - i]) * (strides.at(-i) ?? 0);
      rest = Math.floor(rest / whole[whole.length - i]);
    }
    return place;
  });
  return { shape: whole, inMask };
}

/** q, k, v with all leading dimensions as one, and the mask for every score. */
function operandsOf(inputs: readonly HostTensor[], kind: 'added' | 'allowed') {
  const mask = inputs.at(3);
  const qkv = inputs.slice(0, 3).map(batched);
  if (mask === undefined) return { qkv, masks: {} };
  const { shape, inMask } = scoresOf(inputs);
  const spread = hostTensor(
    shape,
    inMask.map((at) => mask.data[at]),
  );
  return { qkv, masks: { [kind]: batched(spread) } };
}

const gpu = ([q, k, v, ...given]: readonly Tensor[], args: Args): Tensor =>
  scaledDotProductAttention(q, k, v, { ...args, mask: given.at(0) ?? null });

const cpu =
  (kind: 'added' | 'allowed') =>
  (inputs: readonly HostTensor[], args: Args): HostTensor => {
    const { qkv, masks } = operandsOf(inputs, kind);
    const y = attention(qkv[0], qkv[1], qkv[2], { ...args, ...masks });
    return hostTensor([...inputs[0].shape.slice(0, -1), y.shape[2]], y.data);
  };

const cpuBackward = (dy: HostTensor, inputs: readonly HostTensor[], args: Args): HostTensor[] => {
  const { qkv, masks } = operandsOf(inputs, 'added');
  const [dq, dk, dv, dscores] = attentionBackward(batched(dy), qkv[0], qkv[1], qkv[2], { ...args, ...masks });
  const gradients = [dq, dk, dv].map((d, i) => hostTensor(inputs[i].shape, d.data));
  if (inputs.length < 4) return gradients;
  const dmask = hostTensor(inputs[3].shape);
  scoresOf(inputs).inMask.forEach((at, i) => (dmask.data[at] += dscores.data[i]));
  return [...gradients, dmask];
};

/** Masks that are learned have the composed form. */
function composed(op: string, kind: 'added' | 'allowed', mask: InputSpec, cases: readonly OpCase<Args>[]): OpSpec {
  return defineSpec<Args>({ op, composed: true, inputs: [...QKV, mask], gpu, cpu: cpu(kind), cases });
}

const ADDED: InputSpec = { name: 'mask', domain: { low: -3, high: 3 } };
const ALLOWED: InputSpec = { name: 'mask', dtype: 'u32', domain: { low: 0, high: 2, integers: true } };

interface PackedArgs extends Args {
  readonly heads: number;
}

/** Part `part` of 3 of (N, L, 3, heads, E), as (N heads, L, E). */
function third(x: HostTensor, heads: number, part: number): HostTensor {
  const [N, L, width] = x.shape;
  const E = width / (3 * heads);
  return hostTensor(
    [N * heads, L, E],
    Array.from({ length: N * heads * L * E }, (_, i) => {
      const [e, l, h, n] = [i % E, Math.floor(i / E) % L, Math.floor(i / E / L) % heads, Math.floor(i / E / L / heads)];
      return x.data[((n * L + l) * 3 + part) * heads * E + h * E + e];
    }),
  );
}

/** (N heads, L, E) -> (N, L, heads E). */
function beside(y: HostTensor, heads: number): HostTensor {
  const [pairs, L, E] = y.shape;
  const out = hostTensor([pairs / heads, L, heads * E]);
  for (let pair = 0; pair < pairs; pair++)
    for (let l = 0; l < L; l++)
      for (let e = 0; e < E; e++)
        out.data[(Math.floor(pair / heads) * L + l) * heads * E + (pair % heads) * E + e] =
          y.data[(pair * L + l) * E + e];
  return out;
}

const selfAttentionSpec = defineSpec<PackedArgs>({
  op: 'self_attention',
  inputs: [{ name: 'qkv', domain: { low: -2, high: 2 } }],
  gpu: ([qkv], args) => selfAttention(qkv, args),
  cpu: ([qkv], { heads, ...args }) => {
    const [q, k, v] = [0, 1, 2].map((part) => third(qkv, heads, part));
    return beside(attention(q, k, v, args), heads);
  },
  bench: [{ shapes: [[8, 197, 576]], args: { heads: 3 }, flops: 4 * 8 * 3 * 197 * 197 * 64 }],
  cases: [
    { shapes: [[1, 1, 3]], args: { heads: 1 } },
    { shapes: [[2, 5, 24]], args: { heads: 2 } },
    { shapes: [[2, 7, 18]], args: { heads: 3, causal: true } },
    { shapes: [[2, 37, 48]], args: { heads: 2, causal: true, scale: 0.3 }, forwardOnly: true },
    { shapes: [[1, 67, 24]], args: { heads: 1 } },
  ],
});

export const attentionSpecs: readonly OpSpec[] = [
  defineSpec<Args>({
    op: 'scaled_dot_product_attention',
    inputs: [...QKV, { ...ADDED, constant: true }],
    gpu,
    cpu: cpu('added'),
    cpuBackward,
    trials: [attentionTrials, attentionBackwardTrials],
    bench: [
      { ...SIZES, args: { causal: true }, note: 'causal' },
      { ...SIZES, args: {} },
    ],
    cases: [
      { ...sized([1, 1, 1, 1], [], {}), selfCheck: true },
      { ...sized([5, 7, 3, 4], [2], {}), selfCheck: true },
      { ...sized([17, 17, 8, 8], [2, 3], { causal: true }), selfCheck: true },
      sized([3, 9, 4, 5], [2], { causal: true, scale: 0.25 }), // more keys than queries: the first ones are seen
      sized([9, 3, 4, 5], [2], { causal: true }),
      sized([6, 5, 3, 2], [2], {}, [6, 5]),
      sized([6, 5, 3, 2], [2, 2], { causal: true }, [2, 2, 6, 5]),
      sized([6, 35, 4, 8], [2, 3], {}, [2, 1, 1, 35]),
      sized([37, 41, 12, 20], [2], {}),
      sized([41, 67, 36, 4], [2], { causal: true }, [41, 67]),
      sized([67, 41, 4, 36], [1, 2], {}),
    ],
  }),
  selfAttentionSpec,
  composed('scaled_dot_product_attention, learned mask', 'added', ADDED, [
    sized([6, 5, 3, 2], [2], {}, [6, 5]),
    sized([6, 5, 3, 2], [2, 2], { causal: true }, [2, 2, 6, 5]),
  ]),
  composed('scaled_dot_product_attention, boolean mask', 'allowed', ALLOWED, [
    sized([5, 31, 3, 4], [2], {}, [5, 31]),
    sized([6, 33, 3, 2], [2, 2], { scale: 1 }, [2, 2, 6, 33]),
  ]),
];
