/** Scaled dot-product attention, query by query, and its gradients. */
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

export interface AttentionMasks {
  /** 1 where a query may look at a key, 0 where not. */
  readonly allowed?: HostTensor;
  /** Added to the scores. */
  readonly added?: HostTensor;
  readonly causal?: boolean;
  readonly scale?: number;
}

/** softmax over s of (scale q k + mask) of a query: what each key counts. */
function weightsOf(q: HostTensor, k: HostTensor, masks: AttentionMasks, b: number, l: number): number[] {
  const [, L, E] = q.shape;
  const S = k.shape[1];
  const { allowed, added, causal = false, scale = 1 / Math.sqrt(E) } = masks;
  const at = (mask: HostTensor, s: number): number => mask.data[((mask.shape.length === 3 ? b * L : 0) + l) * S + s];
  const scores = Array.from({ length: S }, (_, s) => {
    let score = 0;
    for (let e = 0; e < E; e++) score += q.data[(b * L + l) * E + e] * k.data[(b * S + s) * E + e];
    const isHidden = (causal && s > l) || (allowed !== undefined && at(allowed, s) === 0);
    return scale * score + (added === undefined ? 0 : at(added, s)) + (isHidden ? -Infinity : 0);
  });
  const top = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - top));
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => w / total);
}

/**
 * q (B, L, E), k (B, S, E), v (B, S, F) -> (B, L, F): softmax over s of (scale q k + mask), times v. Masks are
 * (B, L, S) or (L, S).
 */
export function attention(q: HostTensor, k: HostTensor, v: HostTensor, masks: AttentionMasks): HostTensor {
  const [B, L] = q.shape;
  const [S, F] = v.shape.slice(1);
  const y = hostTensor([B, L, F]);
  for (let b = 0; b < B; b++) {
    for (let l = 0; l < L; l++) {
      const p = weightsOf(q, k, masks, b, l);
      for (let s = 0; s < S; s++)
        for (let f = 0; f < F; f++) y.data[(b * L + l) * F + f] += p[s] * v.data[(b * S + s) * F + f];
    }
  }
  return y;
}

/**
 * Gradients of q, k, v and the scores (B, L, S), which is that of an added mask, for dy (B, L, F): that of a score is
 * p (dy v - sum over keys of p dy v).
 */
export function attentionBackward(
  dy: HostTensor,
  q: HostTensor,
  k: HostTensor,
  v: HostTensor,
  masks: AttentionMasks,
): [dq: HostTensor, dk: HostTensor, dv: HostTensor, dscores: HostTensor] {
  const [B, L, E] = q.shape;
  const [S, F] = v.shape.slice(1);
  const { scale = 1 / Math.sqrt(E) } = masks;
  const [dq, dk, dv] = [q, k, v].map((x) => hostTensor(x.shape));
  const dscores = hostTensor([B, L, S]);
  for (let b = 0; b < B; b++) {
    for (let l = 0; l < L; l++) {
      const p = weightsOf(q, k, masks, b, l);
      const dp = p.map((_, s) => {
        let sum = 0;
        for (let f = 0; f < F; f++) sum += dy.data[(b * L + l) * F + f] * v.data[(b * S + s) * F + f];
        return sum;
      });
      const delta = dp.reduce((sum, d, s) => sum + p[s] * d, 0);
      for (let s = 0; s < S; s++) {
        dscores.data[(b * L + l) * S + s] = p[s] * (dp[s] - delta);
        const ds = scale * dscores.data[(b * L + l) * S + s];
        for (let e = 0; e < E; e++) {
          dq.data[(b * L + l) * E + e] += ds * k.data[(b * S + s) * E + e];
          dk.data[(b * S + s) * E + e] += ds * q.data[(b * L + l) * E + e];
        }
        for (let f = 0; f < F; f++) dv.data[(b * S + s) * F + f] += p[s] * dy.data[(b * L + l) * F + f];
      }
    }
  }
  return [dq, dk, dv, dscores];
}
