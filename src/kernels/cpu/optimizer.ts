/** One step of SGD, Adam and AdamW on one list of weights, as in torch.optim. `t` counts steps from 1. */
import type { AdamSettings, SgdSettings } from '../optimizer.js';

/** Changes w and velocity in place. */
export function sgd(w: Float64Array, grad: Float64Array, velocity: Float64Array, lr: number, t: number, s: SgdSettings): void {
  for (let i = 0; i < w.length; i++) {
    let g = grad[i] + s.weightDecay * w[i];
    if (s.momentum !== 0) {
      velocity[i] = t === 1 ? g : s.momentum * velocity[i] + (1 - s.dampening) * g;
      g = s.nesterov ? g + s.momentum * velocity[i] : velocity[i];
    }
    w[i] -= lr * g;
  }
}

/** Changes w, m and v in place. */
export function adam(w: Float64Array, grad: Float64Array, m: Float64Array, v: Float64Array, lr: number, t: number, s: AdamSettings): void {
  const [beta1, beta2] = s.betas;
  for (let i = 0; i < w.length; i++) {
    let g = grad[i];
    if (s.decoupled) w[i] -= lr * s.weightDecay * w[i];
    else g += s.weightDecay * w[i];
    m[i] = beta1 * m[i] + (1 - beta1) * g;
    v[i] = beta2 * v[i] + (1 - beta2) * g * g;
    const mean = m[i] / (1 - beta1 ** t);
    const root = Math.sqrt(v[i] / (1 - beta2 ** t));
    w[i] -= (lr * mean) / (root + s.eps);
  }
}
