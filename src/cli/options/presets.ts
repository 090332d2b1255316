/** Recipes by name: options as a configuration file holds them. The command line wins over them. */

export type PresetOptions = Readonly<Record<string, string | number | boolean>>;

export interface TrainPreset {
  readonly name: string;
  readonly describe: string;
  readonly options: PresetOptions;
}

/**
 * The paper's way with wide residual networks (SGD with Nesterov momentum 0.9, rate 0.1, weight decay 5e-4, batches of
 * 128) in a quarter of its epochs: one cycle of the rate instead of cuts, labels smoothed as in "Rethinking the
 * inception architecture" (Szegedy et al. 2016), the average of the weights kept.
 */
const ONE_CYCLE_SGD: PresetOptions = {
  batch: 128,
  optimizer: 'sgd',
  nesterov: true,
  lr: 0.1,
  'weight-decay': 5e-4,
  schedule: 'onecycle',
  'label-smoothing': 0.1,
  ema: 0.999,
  'val-split': 0.05,
};
/** Erased rectangles: "Random erasing data augmentation" (Zhong et al. 2020), whose images are these. */
const FASHION_ERASED = 'flip,shift=2,erase=0.5';

/** For `weft train --preset`. */
export const TRAIN_PRESETS: readonly TrainPreset[] = [
  {
    name: 'fashion-best',
    describe: 'Fashion-MNIST in 12 epochs: convbn, flips and shifts, one-cycle AdamW',
    options: {
      data: 'fashion-mnist',
      model: 'convbn',
      epochs: 12,
      batch: 64,
      optimizer: 'adamw',
      lr: 0.004,
      'weight-decay': 0.05,
      schedule: 'onecycle',
      'val-split': 0.05,
      augment: 'flip,shift=2',
    },
  },
  {
    name: 'fashion-wrn',
    describe: 'Fashion-MNIST in 50 epochs on a GPU: wrn16_4, flips, shifts, erasing, one-cycle SGD, averaged weights',
    options: {
      ...ONE_CYCLE_SGD,
      data: 'fashion-mnist',
      model: 'wrn16_4',
      epochs: 50,
      augment: FASHION_ERASED,
    },
  },
  {
    name: 'fashion-resnet',
    describe: 'the same in 15 epochs with resnet20, for machines without a GPU',
    options: {
      ...ONE_CYCLE_SGD,
      data: 'fashion-mnist',
      model: 'resnet20',
      epochs: 15,
      augment: FASHION_ERASED,
    },
  },
  {
    name: 'cifar10-wrn',
    describe:
      'CIFAR-10 (--data: its folder) in 50 epochs on a GPU: wrn16_4, flips, shifts of 4, erasing, one-cycle SGD, ' +
      'averaged weights',
    options: { ...ONE_CYCLE_SGD, model: 'wrn16_4', epochs: 50, augment: 'flip,shift=4,erase=0.5' },
  },
];

export interface ComparePreset {
  readonly name: string;
  readonly describe: string;
  /** What all entries share; `seeds` is a list such as 0,1,2. */
  readonly options: PresetOptions;
  /** What is compared: each a `model`, perhaps a `label`, and any options of its own, which win. */
  readonly entries: readonly PresetOptions[];
}

const models = (...names: readonly string[]): PresetOptions[] => names.map((model) => ({ model }));

/** For `weft compare`: one for each published table. */
export const COMPARE_PRESETS: readonly ComparePreset[] = [
  {
    name: 'fashion',
    describe:
      'the classical networks against fashionnet, with Adam and with the dynamically decayed learning rate ' +
      '(Fashion-MNIST, 5 epochs)',
    options: { data: 'fashion-mnist', epochs: 5, batch: 64, optimizer: 'adam', lr: 0.001, seeds: '0' },
    entries: [
      ...models('cnn', 'lenet5', 'lstm', 'bilstm', 'fashionnet'),
      { model: 'fashionnet', label: 'fashionnet-dynamic', optimizer: 'sgd', lr: 0.1, schedule: 'dynamic' },
    ],
  },
  {
    name: 'fashion-rates',
    describe:
      'the same networks, each with a fixed and with the dynamically decayed learning rate: what the network brings ' +
      'and what the rate does (Fashion-MNIST, 10 epochs, three seeds)',
    options: { data: 'fashion-mnist', epochs: 10, batch: 64, optimizer: 'sgd', seeds: '0,1,2' },
    entries: models('cnn', 'lenet5', 'lstm', 'bilstm', 'fashionnet').flatMap((entry) => [
      { ...entry, label: `${String(entry['model'])}-fixed`, lr: 0.01 },
      { ...entry, label: `${String(entry['model'])}-dynamic`, lr: 0.1, schedule: 'dynamic' },
    ]),
  },
  {
    name: 'degradation',
    describe:
      'plain against residual networks of 20 and 56 layers: training and test error per epoch (--data CIFAR-10, ' +
      '5 epochs)',
    options: {
      epochs: 5,
      batch: 128,
      optimizer: 'sgd',
      lr: 0.02,
      momentum: 0.9,
      'weight-decay': 1e-4,
      'val-split': 0,
      'validate-on': 'test',
      seeds: '0',
    },
    entries: models('plain20', 'plain56', 'resnet20', 'resnet56'),
  },
  {
    name: 'garments',
    describe:
      'alexnet, vgg11_bn and resnet18 on garment photographs of five classes, each with and without fourfold ' +
      'augmentation of outerwear (--data: class folders; --classes where they have other names)',
    options: {
      epochs: 10,
      batch: 32,
      optimizer: 'adam',
      lr: 1e-4,
      'image-size': 256,
      crop: 224,
      augment: 'resize,flip',
      classes: 'hat,outerwear=outwear,tops=t-shirt+shirt+longsleeve,bottoms=pants+shorts+skirt,shoes',
      seeds: '0',
    },
    entries: models('alexnet', 'vgg11_bn', 'resnet18').flatMap((entry) => [
      entry,
      { ...entry, label: `${String(entry['model'])}-outerwear4`, 'augment-class': 'outerwear=4' },
    ]),
  },
];

/** For `weft imbalance`: the published table, at its settings. */
export const IMBALANCE_PRESETS: readonly TrainPreset[] = [
  {
    name: 'fashionstyle',
    describe:
      'fourteen styles of clothes, five of them with few images: ResNet-50 from ImageNet for 50 epochs, a VAE for ' +
      '100, a classifier for 10 (--data: folders of FashionStyle14)',
    options: {
      model: 'resnet50',
      pretrained: 'imagenet',
      'image-size': 256,
      crop: 224,
      normalize: 'imagenet',
      augment: 'flip',
      epochs: 50,
      batch: 32,
      optimizer: 'sgd',
      lr: 0.01,
      minority: '5',
      'n-f': '5,10,30,50',
      methods: 'plain,oversample:30,oversample:50,head:30,head:50,vae:30,vae:50',
    },
  },
];
