/**
 * The losses that compare two tensors element by element: rows of the binary elementwise table. Reductions are
 * autograd/ops/losses.ts.
 */
import type { BinaryRow } from '../elementwise/row.js';

export const LOSSES = {
  mse_loss: {
    doc: '(a - b)^2.',
    torch: '(a - b) ** 2',
    handWritten: true,
    y: '(a - b) * (a - b)',
    da: 'V(2) * dy * (a - b)',
    db: 'V(2) * dy * (b - a)',
    cpu: (a, b) => (a - b) ** 2,
    domainA: [-3, 3],
    domainB: [-3, 3],
  },
  l1_loss: {
    doc: '|a - b|.',
    torch: 'torch.abs(a - b)',
    handWritten: true,
    y: 'abs(a - b)',
    da: 'dy * sign(a - b)',
    db: 'dy * sign(b - a)',
    cpu: (a, b) => Math.abs(a - b),
    domainA: [-3, 3],
    domainB: [-3, 3],
  },
  // Quadratic below beta, linear above; beta > 0.
  smooth_l1_loss: {
    doc: '(a - b)^2 / (2 beta) where |a - b| < beta, else |a - b| - beta / 2.',
    torch: "F.smooth_l1_loss(a, b, reduction='none', beta=beta)",
    handWritten: true,
    y: 'select(abs(a - b) - V(0.5 * p0), V(0.5 / p0) * (a - b) * (a - b), abs(a - b) < V(p0))',
    da: 'dy * between((a - b) / V(p0), V(-1), V(1))',
    db: 'dy * between((b - a) / V(p0), V(-1), V(1))',
    cpu: (a, b, beta) => (Math.abs(a - b) < beta ? (a - b) ** 2 / (2 * beta) : Math.abs(a - b) - beta / 2),
    domainA: [-3, 3],
    domainB: [-3, 3],
    args: { beta: 1 },
  },
  // -b log(sigmoid(a)) - (1 - b) log(1 - sigmoid(a)), without an exponential that can overflow; in PyTorch's order, for
  // infinite a.
  binary_cross_entropy_with_logits: {
    doc: '-b log(sigmoid(a)) - (1 - b) log(1 - sigmoid(a)).',
    torch: "F.binary_cross_entropy_with_logits(a, b, reduction='none')",
    handWritten: true,
    y: '(V(1) - b) * a + rectified(-a) + log1p_accurate(exp_kept(-abs(a)))',
    da: 'dy * (V(1) / (V(1) + exp_kept(-a)) - b)',
    db: '-dy * a',
    cpu: (a, b) => (1 - b) * a + Math.max(-a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
    domainA: [-6, 6],
    domainB: [0, 1],
  },
  // KL divergence of a normal with mean a and log-variance b from the standard normal (Kingma & Welling 2014, appendix
  // B).
  gaussian_kl: {
    doc: 'KL divergence of a normal with mean a and log-variance b from the standard normal.',
    torch: '-0.5 * (1 + b - a ** 2 - torch.exp(b))',
    handWritten: true,
    y: 'V(-0.5) * (b - expm1_accurate(b) - a * a)',
    da: 'dy * a',
    db: 'V(0.5) * dy * expm1_accurate(b)',
    cpu: (a, b) => -0.5 * (b - Math.expm1(b) - a * a),
    domainA: [-3, 3],
    domainB: [-2, 2],
  },
} as const satisfies Record<string, BinaryRow>;
