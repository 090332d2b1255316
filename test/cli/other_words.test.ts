/** Other tools’ words and slips of the pen: what is meant by them is suggested. */
import * as assert from 'uvu/assert';
import { MODEL_NAMES } from '../../src/nn/models/list.js';
import { optionHint, suggest, valueHint } from '../../src/cli/hints.js';
import { OPTIMIZERS, PRECISIONS } from '../../src/train/config.js';
import { SCHEDULES } from '../../src/optim/schedules/schedule.js';
import { SHARED_OPTIONS } from '../../src/cli/options/options.js';
import { LR_FIND_OPTIONS, TRAIN_OPTIONS } from '../../src/cli/options/train/train_options.js';
import { suite } from '../support/harness.js';

const test = suite('hints');

test('other tools’ words are understood', () => {
  const names = Object.keys({ ...TRAIN_OPTIONS, ...SHARED_OPTIONS, config: null });
  const meant: [string, string][] = [
    ['batch-size', 'batch'],
    ['batch_size', 'batch'],
    ['batchSize', 'batch'],
    ['bs', 'batch'],
    ['b', 'batch'],
    ['learning-rate', 'lr'],
    ['learning_rate', 'lr'],
    ['lr_rate', 'lr'],
    ['lr0', 'lr'],
    ['num-epochs', 'epochs'],
    ['num_train_epochs', 'epochs'],
    ['arch', 'model'],
    ['dataset', 'data'],
    ['data-path', 'data'],
    ['device', 'adapter'],
    ['gpu', 'adapter'],
    ['imgsz', 'image-size'],
    ['pretrained-model', 'pretrained'],
    ['save-dir', 'out'],
    ['output_dir', 'out'],
    ['wd', 'weight-decay'],
    ['opt', 'optimizer'],
    ['scheduler', 'schedule'],
    ['warmup-epochs', 'warmup'],
    ['smoothing', 'label-smoothing'],
    ['clip-grad', 'clip-norm'],
    ['val_split', 'val-split'],
    ['amp', 'precision'],
    ['early-stopping', 'patience'],
    ['rho', 'alpha'],
    ['cfg', 'config'],
    ['modle', 'model'],
  ];
  for (const [word, own] of meant) assert.is(optionHint(word, names), `did you mean --${own}?`, word);
  for (const word of ['workers', 'num-workers', 'j', 'verbose', 'distributed', 'dropout'])
    assert.match(optionHint(word, names) ?? '', /^leave it out: /, word);
  assert.match(optionHint('num-classes', Object.keys(LR_FIND_OPTIONS)) ?? '', /--classes/);
  assert.is(optionHint('xyzzy', names), undefined);
  const values: [string, readonly string[], string][] = [
    ['FashionMNIST', ['fashion-mnist'], 'fashion-mnist'],
    ['fashion_mnist', ['fashion-mnist'], 'fashion-mnist'],
    ['adamW', OPTIMIZERS, 'adamw'],
    ['SGD', OPTIMIZERS, 'sgd'],
    ['RMSProp', OPTIMIZERS, 'rmsprop'],
    ['ResNet18', MODEL_NAMES, 'resnet18'],
    ['resnet-18', MODEL_NAMES, 'resnet18'],
    ['VGG16_BN', MODEL_NAMES, 'vgg16_bn'],
    ['LeNet', MODEL_NAMES, 'lenet5'],
    ['vit_tiny_patch16_224', MODEL_NAMES, 'vit_tiny_16'],
    ['resnext50', MODEL_NAMES, 'resnext50_32x4d'],
    ['EfficientNet', MODEL_NAMES, 'efficientnet_b0'],
    ['WideResNet', MODEL_NAMES, 'wrn16_4'],
    ['wide_resnet16_4', MODEL_NAMES, 'wrn16_4'],
    ['wrn_16_4', MODEL_NAMES, 'wrn16_4'],
    ['WRN-28-10', MODEL_NAMES, 'wrn28_10'],
    ['wide_resnet28_10', MODEL_NAMES, 'wrn28_10'],
    ['CosineAnnealingLR', SCHEDULES, 'cosine'],
    ['ReduceLROnPlateau', SCHEDULES, 'plateau'],
    ['fp16', PRECISIONS, 'f16'],
  ];
  for (const [value, choices, own] of values) assert.is(valueHint(value, choices), `did you mean ${own}?`, value);
  const kin: [string, RegExp][] = [
    ['wide_resnet50_2', /not among Weft’s; the nearest kin are resnet18, resnet34, resnet50/],
    ['wide_resnet101_2', /nearest kin are resnet18/],
    ['wide_resnet40_2', /nearest kin are wrn16_4, wrn28_10/],
    ['mobilenet_v2', /mobilenet_v3_small/],
    ['swin_t', /vit_tiny_16/],
    ['convnext_large', /convnext_tiny/],
    ['densenet201', /densenet121/],
    ['regnet_y_16gf', /regnet_y_400mf/],
  ];
  for (const [value, hint] of kin) assert.match(valueHint(value, MODEL_NAMES) ?? '', hint);
  assert.is(valueHint('xyzzy', MODEL_NAMES), undefined);
});

test('suggestions are near, or none', () => {
  const names = Object.keys(TRAIN_OPTIONS);
  const near: [string, string | undefined][] = [
    ['modle', 'model'],
    ['epoch', 'epochs'],
    ['learning', undefined],
    ['l', undefined],
    ['val_split', 'val-split'],
    ['wieght-decay', 'weight-decay'],
    ['xyz', undefined],
  ];
  for (const [wrong, right] of near) assert.is(suggest(wrong, names), right, wrong);
});

test.run();
