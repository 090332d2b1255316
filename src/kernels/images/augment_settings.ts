/**
 * What may happen to a training image; everything 0 or null: nothing. Formulas: shaders/images/augment_draw.wgsl and
 * images/augment_images.wgsl.
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
  /** Brightness, contrast and saturation times a factor from 1 - x to 1 + x. */
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  /** Probability that a rectangle of the image is set to the mean. */
  readonly erase: number;
  /** a of the Beta(a, a) from which comes the share of another image that is mixed in; 0: none. At most 1. */
  readonly mixup: number;
}

export const NO_AUGMENTATION: Augmentation = {
  flip: 0,
  shift: 0,
  rotate: 0,
  scale: 0,
  shear: 0,
  crop: null,
  resize: null,
  brightness: 0,
  contrast: 0,
  saturation: 0,
  erase: 0,
  mixup: 0,
};
