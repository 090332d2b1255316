/** Steps of ranks that add up their gradients. */
import type { Watch } from '../../device/capture.js';
import type { ParameterMemory } from '../../nn/parameter.js';
import { Tensor } from '../../tensor/tensor.js';
import { updateWeights, type StepParts } from '../step/train_step.js';
import { Message, type Asks } from './message.js';
import { Part, type CompileHook } from './part.js';
import { StepGradients } from './pieces.js';
import { MEASURED_EVERY, RecentTimes } from './recent_times.js';
import type { SteppedRun, Stepper, StepTimes } from './stepper.js';

/** Running statistics of batch norms: averaged over the ranks, so that all of them keep the same. */
function statisticsOf({ model }: StepParts): Tensor[] {
  return model.floatMemory().slice(1);
}

/** More gradients than this are added up in parts, the last layers' while those of the first are computed. */
const WHOLE_BYTES = 50e6;
/** Of a part, at least. */
const BUCKET_BYTES = 25e6;

/**
 * The gradients of a model in parts that are added up one after the other. Backward comes to the last parameters first.
 */
export function gradientBuckets(
  { grads, offsets }: Pick<ParameterMemory, 'grads' | 'offsets'>,
  whole = WHOLE_BYTES,
  least = BUCKET_BYTES,
): Tensor[] {
  if (grads.byteLength <= whole) return [grads];
  const buckets: Tensor[] = [];
  let end = grads.size;
  for (const start of offsets.toReversed()) {
    if (4 * (end - start) < least && start > 0) continue;
    buckets.push(new Tensor(grads.storage, 4 * start, [end - start], 'f32'));
    end = start;
  }
  return buckets;
}

/**
 * The gradients of every step are added up, so that the weights are those of one process with the whole batch, but for
 * the order in which numbers are added, and for what looks at a batch as a whole: batch norm has the statistics of each
 * rank's part.
 */
export class ReducedStepper implements Stepper {
  readonly #run: SteppedRun;
  readonly #gradients: StepGradients;
  readonly #update: Part;
  readonly #messages: readonly Message[];
  readonly #watch: Watch;
  readonly #recent = new RecentTimes();
  #steps = 0;

  constructor(run: SteppedRun, capture: boolean) {
    const { device, step, collective } = run;
    this.#run = run;
    this.#gradients = new StepGradients(run, capture);
    this.#update = new Part(device, () => updateWeights(step), capture);
    const buckets = gradientBuckets(step.model.memory);
    this.#messages = buckets.map(
      (grads, i) => new Message(collective, i + 1 < buckets.length ? [grads] : [grads, ...statisticsOf(step)]),
    );
    this.#watch = {
      ranges: buckets.map((t) => ({ storage: t.storage, offset: t.byteOffset, bytes: t.byteLength })),
      onWritten: (bucket) => void this.#messages[bucket].read(),
    };
  }

  async compile(onCompile?: CompileHook): Promise<void> {
    await this.#gradients.compile(onCompile);
    await this.#update.compile([0], this.#run);
  }

  async advance(step: number, order: Uint32Array, asks: () => Asks): Promise<Asks> {
    const isSplit = this.#messages.length > 1;
    const isMeasured = this.#steps++ % MEASURED_EVERY === 1;
    const began = performance.now();
    await this.#gradients.run(step, order, isSplit ? this.#watch : null);
    if (isMeasured && !isSplit) await this.#run.device.sync();
    let compute = performance.now() - began;
    const own = asks();
    const { shares, step: parts } = this.#run;
    const part = shares.part(step, order, parts.weightOf ?? undefined);
    const sums = { readback: 0, reduce: 0, upload: 0 };
    let asked = own;
    for (const message of this.#messages) {
      await message.read();
      if (isSplit) compute = performance.now() - began;
      asked = await message.exchange(part, own);
      for (const name of ['readback', 'reduce', 'upload'] as const) sums[name] += message.times[name];
    }
    this.#update.run(0);
    if (isMeasured) this.#recent.add({ compute, ...sums });
    return asked;
  }

  get times(): StepTimes | null {
    return this.#recent.median;
  }

  release(): void {
    this.#gradients.release();
    this.#update.release();
  }
}
