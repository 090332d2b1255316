/** Augmentation steps of the user's own: they see a batch on the GPU, after all that is built in. */
import { UsageError } from '../device/errors.js';
import type { Augmentation } from '../kernels/images/augment_settings.js';
import { augmentationOf } from './augment_spec.js';
import { noGrad } from '../autograd/graph.js';
import { sameShape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { worded } from '../text/wording.js';
import { augmentWords, OWN } from './own_words.js';

/** A step by its name. */
export interface AugmentStep {
  readonly name: string;
  /**
   * A batch x (N, C, H, W) of normalised images -> one of the same shape. Random numbers come from the device (`rand`,
   * `bernoulli`): a resumed run then draws the same. It is recorded once and repeated, so nothing may be read back.
   */
  readonly apply: (x: Tensor, value: number) => Tensor;
  /** `value` where the configuration gives none. Default 1. */
  readonly value?: number;
}

const STEPS = new Map<string, AugmentStep>();

/**
 * Enters a step into the list: `--augment flip,FILE=8`, or `augment: 'flip,own.NAME=8'` in a configuration.
 * @throws UsageError when the name is taken or cannot be one.
 */
export function defineAugmentation(step: AugmentStep): AugmentStep {
  if (!/^[a-z][\w-]*$/i.test(step.name))
    throw new UsageError(`[defineAugmentation] "${step.name}" cannot be a name`, {
      fix: 'use letters, digits, _ and -',
    });
  if (STEPS.has(step.name))
    throw new UsageError(`[defineAugmentation] there is a step "${step.name}" already`, {
      fix: 'give it another name',
    });
  STEPS.set(step.name, step);
  return step;
}

export const isAugmentStep = (value: unknown): value is AugmentStep => [...STEPS.values()].some((s) => s === value);

/** What a walk does to its images as a configuration's text says: what is built in, then the user's own steps. */
export function augmenting(spec: string | null | undefined): {
  readonly augmentation: Augmentation | null;
  readonly steps: (x: Tensor) => Tensor;
} {
  return { augmentation: augmentationOf(spec), steps: ownSteps(spec) };
}

/** What a configuration's own steps make of a batch, one after the other. @throws UsageError for an unknown step. */
function ownSteps(spec: string | null | undefined): (x: Tensor) => Tensor {
  const steps = augmentWords(spec ?? '')
    .filter((word) => word.startsWith(OWN))
    .map((word) => {
      const [name, text] = word.slice(OWN.length).split('=');
      const step = STEPS.get(name);
      if (step === undefined)
        throw new UsageError(worded`{augment} has a step of the user’s own, ${name}`, {
          fix: worded`name its file: {augment} ./FILE.ts`,
        });
      const value = text === undefined ? (step.value ?? 1) : Number(text);
      if (!Number.isFinite(value)) throw new UsageError(worded`{augment} ${word}: ${text} is not a number`);
      return { step, value };
    });
  return (x) => steps.reduce((images, { step, value }) => applied(step, images, value), x);
}

function applied({ name, apply }: AugmentStep, x: Tensor, value: number): Tensor {
  const y = noGrad(() => apply(x, value));
  if (!sameShape(y.shape, x.shape))
    throw new UsageError(`augmentation ${name} made (${y.shape.join(', ')}) of a batch of (${x.shape.join(', ')})`, {
      fix: 'a step gives a batch of the same shape',
    });
  return y;
}
