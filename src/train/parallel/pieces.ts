/** What a rank computes in a step: all of its images at once, or piece by piece, whose gradients are added up. */
import type { Watch } from '../../device/capture.js';
import { skipRandomStep } from '../../kernels/random/random.js';
import { computeGradients, trainStep, updateWeights } from '../step/train_step.js';
import { Part, type CompileHook } from './part.js';
import { pieceShares } from './shares.js';
import type { SteppedParts } from './stepper.js';

/** How a piece is run: of the last one, a caller may watch what it writes. */
type Runner = (part: Part, size: number) => void;

const plainly: Runner = (part, size) => part.run(size);

/**
 * Gradients of a step's images. The mean of a step's losses is the sum of its pieces' means, each times its share,
 * which lies in GPU memory: `accumulate` batches of B images move the weights as one of accumulate x B does, but for
 * roundings, and for what looks at a batch as a whole: batch norm has the statistics of each piece, and moves its
 * running ones with each.
 */
export class StepGradients {
  readonly #run: SteppedParts;
  readonly #first: Part;
  /** Null: a step is in one piece. */
  readonly #more: Part | null;

  constructor(run: SteppedParts, capture: boolean) {
    const { device, step } = run;
    this.#run = run;
    this.#first = new Part(device, (size) => computeGradients(step, size), capture);
    this.#more = isInPieces(run) ? new Part(device, (size) => computeGradients(step, size, false), capture) : null;
  }

  async compile(onCompile?: CompileHook): Promise<void> {
    for (const part of [this.#first, this.#more])
      await part?.compile(this.#run.shares.sizes, this.#run, part === this.#first ? onCompile : undefined);
  }

  /** @param order the epoch's. @param watch told when what it names is written, if it is given. */
  run(step: number, order: Uint32Array, watch: Watch | null = null): Promise<void> {
    const last: Runner = watch === null ? plainly : (part, size) => part.watching(watch, size);
    return runPieces(this.#run, step, order, (i, size, isLast) =>
      (isLast ? last : plainly)(i === 0 ? this.#first : (this.#more ?? this.#first), size),
    );
  }

  release(): void {
    this.#first.release();
    this.#more?.release();
  }
}

/** A rank's whole step, without others: gradients, and what they do to the weights. */
export class WholeStep {
  readonly #run: SteppedParts;
  /** The step as one recording, or its gradients and its update. */
  readonly #parts: Part | { readonly gradients: StepGradients; readonly update: Part };

  constructor(run: SteppedParts, capture: boolean) {
    const { device, step } = run;
    this.#run = run;
    this.#parts = isInPieces(run)
      ? {
          gradients: new StepGradients(run, capture),
          update: new Part(device, () => updateWeights(step), capture),
        }
      : new Part(device, (size) => trainStep(step, size), capture);
  }

  async compile(onCompile?: CompileHook): Promise<void> {
    if (this.#parts instanceof Part) return this.#parts.compile(this.#run.shares.sizes, this.#run, onCompile);
    await this.#parts.gradients.compile(onCompile);
    await this.#parts.update.compile([0], this.#run);
  }

  async run(step: number, order: Uint32Array): Promise<void> {
    const parts = this.#parts;
    if (parts instanceof Part) return runPieces(this.#run, step, order, (_, size) => parts.run(size));
    await parts.gradients.run(step, order);
    parts.update.run(0);
  }

  release(): void {
    if (this.#parts instanceof Part) return this.#parts.release();
    this.#parts.gradients.release();
    this.#parts.update.release();
  }
}

function isInPieces({ shares }: SteppedParts): boolean {
  return shares.batch > shares.together;
}

/** Loads and runs the pieces of a step; where they count nothing, the totals stay as they were. */
async function runPieces(
  { device, step: { walk, totals, share = null, weightOf }, shares }: SteppedParts,
  step: number,
  order: Uint32Array,
  run: (i: number, size: number, isLast: boolean) => void,
): Promise<void> {
  const kept = shares.counts(step) ? null : ((await totals.read()) as Float32Array<ArrayBuffer>);
  const pieces = shares.pieces(step);
  const parts = share === null ? [] : pieceShares(pieces, shares.images(step, order), weightOf ?? undefined);
  for (const [i, size] of pieces.entries()) {
    await walk.load(size);
    if (share !== null) device.write(share.storage, Float32Array.of(parts[i]));
    run(i, size, i + 1 === pieces.length);
  }
  // the generators of all ranks stand at one place: a checkpoint has the first one's
  for (let i = pieces.length; i < shares.mostPieces(step); i++) skipRandomStep(device);
  if (kept !== null) device.write(totals.storage, kept);
}
