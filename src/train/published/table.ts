/**
 * Weights that torchvision publishes for ImageNet: the names of the files, which carry the first eight digits of their
 * SHA-256, and how pictures were made for them (torchvision 0.14, models/*.py).
 */

/** A published file of weights. */
export interface PublishedWeights {
  readonly model: string;
  /** Of a model that was trained again by a later recipe there is a v2. */
  readonly version: 'v1' | 'v2';
  /** Without `.pth`. */
  readonly name: string;
  /** The shorter side of a picture is resized to so many pixels, and the middle square of `crop` is seen. */
  readonly resize: number;
  readonly crop: number;
  readonly interpolation: 'bilinear' | 'bicubic';
}

/** Where they are. */
export const PUBLISHED_URL = 'https://download.pytorch.org/models/';

function row(
  model: string,
  name: string,
  { version = 'v1', resize = 256, interpolation = 'bilinear' }: Partial<PublishedWeights> = {},
): PublishedWeights {
  return { model, version, name, resize, crop: 224, interpolation };
}

const V2 = { version: 'v2', resize: 232 } as const;

export const PUBLISHED_WEIGHTS: readonly PublishedWeights[] = [
  row('alexnet', 'alexnet-owt-7be5be79'),
  row('vgg11', 'vgg11-8a719046'),
  row('vgg11_bn', 'vgg11_bn-6002323d'),
  row('vgg16', 'vgg16-397923af'),
  row('vgg16_bn', 'vgg16_bn-6c64b313'),
  row('googlenet', 'googlenet-1378be20'),
  row('resnet18', 'resnet18-f37072fd'),
  row('resnet34', 'resnet34-b627a593'),
  row('resnet50', 'resnet50-0676ba61'),
  row('resnet50', 'resnet50-11ad3fa6', V2),
  row('resnext50_32x4d', 'resnext50_32x4d-7cdf4587'),
  row('resnext50_32x4d', 'resnext50_32x4d-1a0047aa', V2),
  row('squeezenet1_1', 'squeezenet1_1-b8a52dc0'),
  row('mobilenet_v3_small', 'mobilenet_v3_small-047dcff4'),
  row('mobilenet_v3_large', 'mobilenet_v3_large-8738ca79'),
  row('mobilenet_v3_large', 'mobilenet_v3_large-5c1a4163', V2),
  row('efficientnet_b0', 'efficientnet_b0_rwightman-3dd342df', { interpolation: 'bicubic' }),
  row('convnext_tiny', 'convnext_tiny-983f1562', { resize: 236 }),
  row('vit_b_16', 'vit_b_16-c867db91'),
  row('densenet121', 'densenet121-a639ec97'),
  row('regnet_y_400mf', 'regnet_y_400mf-c65dace8'),
  row('regnet_y_400mf', 'regnet_y_400mf-e6988f5f', V2),
];

/** The digits of the SHA-256 that a name carries. */
export const digitsOf = ({ name }: Pick<PublishedWeights, 'name'>): string => name.slice(name.lastIndexOf('-') + 1);
