/** The list of models: what `--model` names and `weft models` lists. */
import { UsageError } from '../../device/errors.js';
import type { Module } from '../module.js';
import { AlexNet } from './alexnet.js';
import { CifarResNet } from './cifar_resnet.js';
import { CNN } from './cnn.js';
import { ConvBN } from './convbn.js';
import { FashionNet } from './fashionnet.js';
import { GoogLeNet } from './googlenet.js';
import { LeNet5 } from './lenet5.js';
import { LSTMClassifier } from './lstm.js';
import { MODEL_LIST, SMALL_MODEL_NAMES, type ModelEntry, type ModelInput, type ModelName } from './list.js';
import { MLP } from './mlp.js';
import { ResNet } from './resnet.js';
import { SqueezeNet } from './squeezenet.js';
import { VGG } from './vgg.js';
import { worded } from '../../text/wording.js';

export type { ModelInput } from './list.js';
export { DEFAULT_INPUT } from './list.js';

export interface ModelSpec extends ModelEntry {
  readonly build: (input: ModelInput) => Module;
}

const cifar =
  (depth: number, shortcuts: boolean) =>
  (i: ModelInput): Module =>
    new CifarResNet(i, depth, { shortcuts });
const resnet =
  (depth: 18 | 34 | 50) =>
  (i: ModelInput): Module =>
    new ResNet(i, depth);
const vgg =
  (depth: 11 | 16, batchNorm: boolean) =>
  (i: ModelInput): Module =>
    new VGG(i, depth, { batchNorm });

const BUILD: Readonly<Record<ModelName, ModelSpec['build']>> = {
  mlp: (i) => new MLP(i),
  lenet5: (i) => new LeNet5(i),
  cnn: (i) => new CNN(i),
  convbn: (i) => new ConvBN(i),
  fashionnet: (i) => new FashionNet(i),
  lstm: (i) => new LSTMClassifier(i),
  bilstm: (i) => new LSTMClassifier(i, { bidirectional: true }),
  plain20: cifar(20, false),
  plain32: cifar(32, false),
  plain44: cifar(44, false),
  plain56: cifar(56, false),
  resnet20: cifar(20, true),
  resnet32: cifar(32, true),
  resnet44: cifar(44, true),
  resnet56: cifar(56, true),
  resnet110: cifar(110, true),
  alexnet: (i) => new AlexNet(i),
  vgg11: vgg(11, false),
  vgg11_bn: vgg(11, true),
  vgg16: vgg(16, false),
  vgg16_bn: vgg(16, true),
  googlenet: (i) => new GoogLeNet(i),
  resnet18: resnet(18),
  resnet34: resnet(34),
  resnet50: resnet(50),
  squeezenet1_1: (i) => new SqueezeNet(i),
};

export const MODELS: readonly ModelSpec[] = MODEL_LIST.map((entry) => ({ ...entry, build: BUILD[entry.name] }));

/** Those for Fashion-MNIST's images: small enough to be measured and tuned in passing. */
export const SMALL_MODELS: readonly ModelSpec[] = MODELS.filter((m) => SMALL_MODEL_NAMES.includes(m.name));

/** @throws UsageError for an unknown name. */
export function modelSpec(name: string): ModelSpec {
  const spec = MODELS.find((m) => m.name === name);
  if (spec === undefined)
    throw new UsageError(`there is no model "${name}"`, { fix: `use one of ${MODELS.map((m) => m.name).join(', ')}` });
  return spec;
}

/** @throws UsageError for an unknown name, or images too small for the model. */
export function buildModel(name: string, input: ModelInput): Module {
  const spec = modelSpec(name);
  if (Math.min(input.height, input.width) < spec.minimumSize) {
    throw new UsageError(
      `${name} needs images of at least ${spec.minimumSize}x${spec.minimumSize}, got ${input.height}x${input.width}`,
      { fix: worded`use larger images, or {model} mlp` },
    );
  }
  return spec.build(input);
}
