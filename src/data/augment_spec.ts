/** `flip,shift=2,rotate=10`: what happens to training images, as it is written on the command line. */
import { UsageError } from '../device/errors.js';
import { OWN, withoutOwn } from './own_words.js';
import { NO_AUGMENTATION, type Augmentation, type RandAugment } from '../kernels/images/augment_settings.js';
import { worded, type Text } from '../text/wording.js';

/** What is no number. */
interface WordPart {
  readonly form: Text;
  /** Of what stands behind the =; undefined: nothing can be made of it. */
  readonly read: (text: string | undefined) => RandAugment | true | undefined;
  readonly is: string;
}

interface NumberPart {
  readonly form: Text;
  /** What the name alone stands for; null: it needs a number. */
  readonly alone: number | null;
  readonly min: number;
  readonly max: number;
  readonly isWhole?: true;
}

type Part = NumberPart | WordPart;

const MOST_OPS = 8;

/** `9`, `3x9`: magnitude, and how many operations (2, as torchvision). */
function randAugment(text = '9'): RandAugment | undefined {
  const [, ops = '2', magnitude] = /^\s*(?:(\d+)x)?(\d+)\s*$/.exec(text) ?? [];
  const read = { ops: Number(ops), magnitude: Number(magnitude ?? Number.NaN) };
  return read.ops >= 1 && read.ops <= MOST_OPS && read.magnitude <= 30 ? read : undefined;
}

/** One row for each name; `resize=0.5,flip` may be written in any order. */
export const AUGMENTATIONS: Readonly<Record<keyof Augmentation, Part>> = {
  flip: { form: 'flip[=PROBABILITY] mirrors left and right, 0.5', alone: 0.5, min: 0, max: 1 },
  shift: { form: 'shift=PIXELS moves by whole pixels', alone: null, min: 0, max: 1024, isWhole: true },
  rotate: { form: 'rotate=DEGREES turns either way', alone: null, min: 0, max: 180 },
  scale: { form: 'scale=SHARE zooms by 1 - SHARE to 1 + SHARE', alone: null, min: 0, max: 0.9 },
  shear: { form: 'shear=DEGREES shears sideways either way', alone: null, min: 0, max: 80 },
  crop: {
    form: worded`crop[=PADDING] takes the window of {crop} anywhere, up to PADDING pixels outside of the image, 0`,
    alone: 0,
    min: 0,
    max: 1024,
    isWhole: true,
  },
  resize: {
    form:
      'resize[=AREA] takes a window of at least this share of the image, of any place and shape, and resizes it, ' +
      '0.08',
    alone: 0.08,
    min: 0.001,
    max: 1,
  },
  randaugment: {
    form: 'randaugment[=[OPSx]MAGNITUDE] does OPS of 14 operations, 2, of MAGNITUDE 0 to 30, 9',
    read: randAugment,
    is: `a magnitude from 0 to 30, or 1 to ${MOST_OPS} operations of one (2x9)`,
  },
  trivialaugment: {
    form: 'trivialaugment does one of them, of any magnitude',
    read: (text) => (text === undefined ? true : undefined),
    is: 'without a number',
  },
  brightness: { form: 'brightness=SHARE', alone: null, min: 0, max: 1 },
  contrast: { form: 'contrast=SHARE', alone: null, min: 0, max: 1 },
  saturation: { form: 'saturation=SHARE', alone: null, min: 0, max: 1 },
  erase: { form: 'erase[=PROBABILITY] sets a rectangle to the mean, 0.5', alone: 0.5, min: 0, max: 1 },
  mixup: { form: 'mixup[=ALPHA] mixes in another image and its label, 0.2', alone: 0.2, min: 0, max: 1 },
  cutmix: {
    form: 'cutmix[=ALPHA] puts a rectangle of another image in, and mixes labels, 1',
    alone: 1,
    min: 0,
    max: 1,
  },
};

/**
 * What happens to the variants of --augment-class: what suits photographs. Nothing that lets black in from outside
 * (shift, rotate, scale): only this class would have images with black edges, and these would be learned as its mark.
 */
export const USUAL_VARIANTS = 'flip,resize=0.6,brightness=0.2,contrast=0.2';

const NAMES = Object.keys(AUGMENTATIONS) as (keyof Augmentation)[];
const EXAMPLE = worded`e.g. {augment} flip,shift=2,rotate=10`;

/**
 * What is built in of a text; steps of the user's own (own_augment.ts) are passed over.
 * @throws UsageError for a name that does not exist or comes twice, a number that is missing, none or out of its range.
 */
export function parseAugmentation(spec: string): Augmentation {
  const settings: Record<string, unknown> = { ...NO_AUGMENTATION };
  const seen = new Set<string>();
  const builtIn = withoutOwn(spec);
  if (builtIn === '' && spec.includes(OWN)) return NO_AUGMENTATION;
  for (const word of builtIn.split(',').map((w) => w.trim())) {
    const [name, text, ...more] = word.split('=');
    const part = Object.hasOwn(AUGMENTATIONS, name) ? AUGMENTATIONS[name as keyof Augmentation] : undefined;
    if (part === undefined)
      throw new UsageError(worded`{augment} ${spec}: there is no ${JSON.stringify(name)}`, {
        fix: worded`it takes ${NAMES.join(', ')}; ${EXAMPLE}`,
      });
    if (seen.has(name))
      throw new UsageError(worded`{augment} ${spec}: ${name} is given twice`, { fix: 'give it once' });
    seen.add(name);
    settings[name] = valueOf(spec, word, part, more.length > 0 ? '' : text);
  }
  if (seen.has('crop') && seen.has('resize'))
    throw new UsageError(worded`{augment} ${spec}: crop and resize both choose the window`, {
      fix: 'leave one of them out',
    });
  if (seen.has('randaugment') && seen.has('trivialaugment'))
    throw new UsageError(worded`{augment} ${spec}: randaugment and trivialaugment draw the same operations`, {
      fix: 'leave one of them out',
    });
  return settings as unknown as Augmentation;
}

/** What a word's text says. @throws UsageError */
function valueOf(spec: string, word: string, part: Part, text: string | undefined): unknown {
  const fix = { fix: part.form };
  if ('read' in part) {
    const value = part.read(text);
    if (value === undefined) throw new UsageError(worded`{augment} ${spec}: ${word} is not ${part.is}`, fix);
    return value;
  }
  const { alone, min, max, isWhole } = part;
  if (text === undefined && alone === null)
    throw new UsageError(worded`{augment} ${spec}: ${word} needs a number`, fix);
  const value = text === undefined ? alone : text.trim() === '' ? Number.NaN : Number(text);
  if (value === null || !(value >= min && value <= max) || (isWhole && !Number.isInteger(value)))
    throw new UsageError(
      worded`{augment} ${spec}: ${word} is not ${isWhole ? 'a whole number' : 'a number'} from ${min} to ${max}`,
      fix,
    );
  return value;
}

/** What of a configuration's text makes images of two classes: `mixup`, `cutmix`, or null. */
export function mixingOf(spec: string | null | undefined): 'mixup' | 'cutmix' | null {
  const a = augmentationOf(spec);
  return (a?.mixup ?? 0) > 0 ? 'mixup' : (a?.cutmix ?? 0) > 0 ? 'cutmix' : null;
}

/** Whether a text can be parsed. */
export function isAugmentation(spec: string): boolean {
  try {
    parseAugmentation(spec);
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

/**
 * What a configuration's text means; null where nothing happens, so that images take the way without augmentation.
 * @throws UsageError
 */
export function augmentationOf(spec: string | null | undefined): Augmentation | null {
  if (spec === null || spec === undefined) return null;
  const a = parseAugmentation(spec);
  return NAMES.some((name) => a[name] !== NO_AUGMENTATION[name]) ? a : null;
}
