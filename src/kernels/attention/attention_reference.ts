/** Scaled dot-product attention, query by query. */
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

export interface AttentionMasks {
  /** 1 where a query may look at a key, 0 where not. */
  readonly allowed?: HostTensor;
  /** Added to the scores. */
  readonly added?: HostTensor;
  readonly causal?: boolean;
  readonly scale?: number;
}

/**
 * q (B, L, E), k (B, S, E), v (B, S, F) -> (B, L, F): softmax over s of (scale q k + mask), times v. Masks are
 * (B, L, S) or (L, S).
 */
export function attention(q: HostTensor, k: HostTensor, v: HostTensor, masks: AttentionMasks): HostTensor {
  const [B, L, E] = q.shape;
  const [S, F] = v.shape.slice(1);
  const { allowed, added, causal = false, scale = 1 / Math.sqrt(E) } = masks;
  const at = (mask: HostTensor, b: number, l: number, s: number): number =>
    mask.data[((mask.shape.length === 3 ? b * L : 0) + l) * S + s];
  const y = hostTensor([B, L, F]);
  for (let b = 0; b < B; b++) {
    for (let l = 0; l < L; l++) {
      const scores = Array.from({ length: S }, (_, s) => {
        let score = 0;
        for (let e = 0; e < E; e++) score += q.data[(b * L + l) * E + e] * k.data[(b * S + s) * E + e];
        const isHidden = (causal && s > l) || (allowed !== undefined && at(allowed, b, l, s) === 0);
        return scale * score + (added === undefined ? 0 : at(added, b, l, s)) + (isHidden ? -Infinity : 0);
      });
      const top = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - top));
      const total = weights.reduce((sum, w) => sum + w, 0);
      for (let s = 0; s < S; s++)
        for (let f = 0; f < F; f++) y.data[(b * L + l) * F + f] += (weights[s] / total) * v.data[(b * S + s) * F + f];
    }
  }
  return y;
}
