// The operations of RandAugment and TrivialAugment by number, in torchvision's order.
const SHEAR_X = 1u;
const SHEAR_Y = 2u;
const TRANSLATE_X = 3u;
const TRANSLATE_Y = 4u;
const ROTATE = 5u;
const BRIGHTNESS = 6u;
const COLOUR = 7u;
const CONTRAST = 8u;
const SHARPNESS = 9u;
const POSTERIZE = 10u;
const SOLARIZE = 11u;
const AUTOCONTRAST = 12u;
const EQUALIZE = 13u;
const OPS = 14u; // 0 leaves an image as it is
