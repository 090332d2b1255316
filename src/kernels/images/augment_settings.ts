/** RandAugment (Cubuk et al. 2020): so many operations of 14, one after the other, all of one strength. */
export interface RandAugment {
  readonly ops: number;
  /** A bin of 31, 0 to 30. */
  readonly magnitude: number;
}

/**
 * What may happen to a training image; everything 0, null or false: nothing. Formulas: augment_draw.wgsl,
 * policy_draw.wgsl, augment_policy.wgsl and augment_images.wgsl in shaders/images/.
 */
export interface Augmentation {
  /** Probability of a left-right mirror image. */
  readonly flip: number;
  /** Moved by up to so many whole pixels in each direction. */
  readonly shift: number;
  /** Turned by up to so many degrees either way. */
  readonly rotate: number;
  /** Zoomed by a factor from 1 - scale to 1 + scale. */
  readonly scale: number;
  /** Sheared sideways by up to so many degrees. */
  readonly shear: number;
  /** The window that the network sees lies anywhere, up to so many pixels outside of the image; null: in the middle. */
  readonly crop: number | null;
  /**
   * It has a random place, shape and at least this share of the image's area, and is resized; null: it is not. Wins
   * over `crop`.
   */
  readonly resize: number | null;
  /** Of the window, before its colours; null: none. */
  readonly randaugment: RandAugment | null;
  /** TrivialAugmentWide (Müller, Hutter 2021): one of the same operations, of any strength, in its place. */
  readonly trivialaugment: boolean;
  /** Brightness, contrast and saturation times a factor from 1 - x to 1 + x. */
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  /** Probability that a rectangle of the image is set to the mean. */
  readonly erase: number;
  /** a of the Beta(a, a) from which comes the share of another image that is mixed in; 0: none. At most 1. */
  readonly mixup: number;
  /**
   * a of the Beta(a, a) from which comes the share of the image that a rectangle of another does not take (Yun et al.
   * 2019); 0: none. At most 1. With mixup too, a batch gets one of the two, either as likely.
   */
  readonly cutmix: number;
}

export const NO_AUGMENTATION: Augmentation = {
  flip: 0,
  shift: 0,
  rotate: 0,
  scale: 0,
  shear: 0,
  crop: null,
  resize: null,
  randaugment: null,
  trivialaugment: false,
  brightness: 0,
  contrast: 0,
  saturation: 0,
  erase: 0,
  mixup: 0,
  cutmix: 0,
};
