/**
 * One step of SGD, Adam, AdamW, RMSprop and Adagrad on one list of weights, as in torch.optim. `t` counts steps from 1.
 */
import type { AdagradSettings, AdamSettings, RmspropSettings, SgdSettings } from './optimizer.js';

/** Changes w and velocity in place. */
export function sgd(
  w: Float64Array,
  grad: Float64Array,
  velocity: Float64Array,
  lr: number,
  t: number,
  s: SgdSettings,
): void {
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
export function adam(
  w: Float64Array,
  grad: Float64Array,
  m: Float64Array,
  v: Float64Array,
  lr: number,
  t: number,
  s: AdamSettings,
): void {
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

/** Changes w, square, average and buffer in place. */
export function rmsprop(
  w: Float64Array,
  grad: Float64Array,
  square: Float64Array,
  average: Float64Array,
  buffer: Float64Array,
  lr: number,
  s: RmspropSettings,
): void {
  for (let i = 0; i < w.length; i++) {
    const g = grad[i] + s.weightDecay * w[i];
    square[i] = s.alpha * square[i] + (1 - s.alpha) * g * g;
    average[i] = s.alpha * average[i] + (1 - s.alpha) * g;
    const variance = s.centered ? square[i] - average[i] * average[i] : square[i];
    buffer[i] = s.momentum * buffer[i] + g / (Math.sqrt(variance) + s.eps);
    w[i] -= lr * buffer[i];
  }
}

/** Changes w and sum in place. */
export function adagrad(
  w: Float64Array,
  grad: Float64Array,
  sum: Float64Array,
  lr: number,
  t: number,
  s: AdagradSettings,
): void {
  for (let i = 0; i < w.length; i++) {
    const g = grad[i] + s.weightDecay * w[i];
    sum[i] += g * g;
    w[i] -= ((lr / (1 + (t - 1) * s.lrDecay)) * g) / (Math.sqrt(sum[i]) + s.eps);
  }
}
