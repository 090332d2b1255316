/** Averages of weights that take their place where a run is measured, and in its best checkpoint. */
import { UsageError } from '../device/errors.js';
import type { Module } from '../nn/module.js';
import { EMA, EMA_STATISTICS } from '../optim/ema.js';
import { SWA } from '../optim/swa.js';
import { worded } from '../text/wording.js';
import type { Checkpoint } from './checkpoint/checkpoint.js';
import { OPTIMIZER } from './checkpoint/checkpoint_header.js';
import type { TrainParts } from './config.js';

/** What a run averages. */
export interface Averages {
  /** In every step. */
  readonly ema: EMA | null;
  /** After late epochs. */
  readonly swa: SWA | null;
}

/**
 * The averages that a configuration asks for. Runs that an earlier version began do not average running statistics, and
 * go on so.
 * @throws UsageError when both are asked for.
 */
export function makeAverages(
  model: Module,
  { optimizer: { ema }, fit: { swa } }: Pick<TrainParts, 'optimizer' | 'fit'>,
  resume: Checkpoint | null,
): Averages {
  if (ema !== undefined && swa !== undefined)
    throw new UsageError(worded`{ema} and {swa.start} both say which averages are measured and kept as best`, {
      fix: 'leave one of them out',
    });
  const statistics = resume === null || resume.tensors.has(`${OPTIMIZER}${EMA_STATISTICS}`);
  return {
    ema: ema === undefined ? null : new EMA(model, ema, { statistics }),
    swa: swa === undefined ? null : new SWA(model),
  };
}
