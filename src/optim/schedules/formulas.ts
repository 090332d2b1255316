/**
 * The formulas of the learning-rate schedules, named after torch.optim.lr_scheduler and equal to its numbers
 * (test/golden/make_schedules.py). Each gives the rate, or the factor of the rate, for a step or an epoch counted from
 * 0; none keeps anything.
 */

/** StepLR: gamma for every `size` epochs that are over. */
export function stepFactor(epoch: number, size: number, gamma: number): number {
  return gamma ** Math.floor(epoch / size);
}

/** MultiStepLR: gamma for every milestone (in epochs) that is reached. */
export function multiStepFactor(epoch: number, milestones: readonly number[], gamma: number): number {
  return gamma ** milestones.filter((m) => m <= epoch).length;
}

/** ExponentialLR: gamma for every epoch that is over. */
export function exponentialFactor(epoch: number, gamma: number): number {
  return gamma ** epoch;
}

/** CosineAnnealingLR, in closed form: min + (lr - min) (1 + cos(pi t / T)) / 2. */
export function cosineRate(t: number, T: number, lr: number, min: number): number {
  return min + ((lr - min) * (1 + Math.cos((Math.PI * Math.min(t, T)) / T))) / 2;
}

/** LinearLR from 1 / (steps + 1) to 1: the factor of a step while the run warms up; 1 afterwards. */
export function warmupFactor(t: number, steps: number): number {
  return t >= steps ? 1 : (t + 1) / (steps + 1);
}

export interface OneCycleSettings {
  /** Share of the steps that the rate rises. PyTorch's default: 0.3. */
  readonly rise: number;
  /** The rate starts at lr / start. PyTorch's div_factor, 25. */
  readonly start: number;
  /** … and ends at lr / start / end. PyTorch's final_div_factor, 10,000. */
  readonly end: number;
}

/**
 * OneCycleLR with cosine annealing (Smith and Topin: "Super-convergence", 2018): up from lr / start to lr, then down to
 * lr / start / end, at step t of T. Momentum is not cycled.
 */
export function oneCycleRate(t: number, T: number, lr: number, { rise, start, end }: OneCycleSettings): number {
  const peak = rise * T - 1;
  const between = (a: number, b: number, share: number): number => b + ((a - b) * (1 + Math.cos(Math.PI * share))) / 2;
  if (t < peak) return between(lr / start, lr, t / peak);
  return between(lr, lr / start / end, Math.min(1, (t - peak) / (T - 1 - peak)));
}
