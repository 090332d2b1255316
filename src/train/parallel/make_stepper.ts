/** Which stepper a run has: that of one process, or of ranks that keep the same weights. */
import { UsageError } from '../../device/errors.js';
import { worded } from '../../text/wording.js';
import { LocalStepper } from './local_stepper.js';
import type { Asks } from './message.js';
import type { CompileHook } from './part.js';
import { WholeStep } from './pieces.js';
import { ReducedStepper } from './reduced_stepper.js';
import type { SteppedRun, Stepper } from './stepper.js';

/** @param capture false: every step is recorded anew. @throws UsageError when the settings do not go together. */
export function makeStepper(run: SteppedRun, capture: boolean): Stepper {
  if (run.collective.size === 1) return new SingleStepper(run, capture);
  if (run.syncEvery > 1 && run.step.precision === 'f16')
    throw new UsageError(
      worded`{syncEvery} ${run.syncEvery} with {precision} f16: each rank would scale its own loss`,
      {
        fix: worded`leave {syncEvery} out, or train in f32`,
      },
    );
  return run.syncEvery > 1 ? new LocalStepper(run, capture) : new ReducedStepper(run, capture);
}

class SingleStepper implements Stepper {
  readonly times = null;
  readonly #whole: WholeStep;

  constructor(run: SteppedRun, capture: boolean) {
    this.#whole = new WholeStep(run, capture);
  }

  compile(onCompile?: CompileHook): Promise<void> {
    return this.#whole.compile(onCompile);
  }

  async advance(step: number, order: Uint32Array, asks: () => Asks): Promise<Asks> {
    await this.#whole.run(step, order);
    return asks();
  }

  release(): void {
    this.#whole.release();
  }
}
