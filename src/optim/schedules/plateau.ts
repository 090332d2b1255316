/** Cuts of the learning rate when the validation loss no longer falls. */

export interface PlateauSettings {
  /** What the rate is multiplied by at a cut. */
  readonly gamma: number;
  /** Epochs without improvement that are borne; the next one cuts. */
  readonly patience: number;
}

/** An improvement is a loss below 0.9999 of the best: PyTorch's default, `threshold` 1e-4, relative. */
const THRESHOLD = 1e-4;

/**
 * Number of cuts after these losses: torch.optim.lr_scheduler.ReduceLROnPlateau, mode "min", no cooldown. All state
 * follows from the losses of the epochs, which a checkpoint keeps in its history: a resumed run makes the same cuts.
 */
export function plateauCuts(losses: readonly (number | null)[], patience: number): number {
  let [best, bad, cuts] = [Infinity, 0, 0];
  for (const loss of losses) {
    if (loss === null) continue;
    if (loss < best * (1 - THRESHOLD)) [best, bad] = [loss, 0];
    else bad++;
    if (bad > patience) [cuts, bad] = [cuts + 1, 0];
  }
  return cuts;
}
