/** What is judged: a training step or a call of a model in evaluation mode, or a single product, at a batch size. */
import { autocast } from '../../src/autograd/autocast.js';
import { backward, noGrad } from '../../src/autograd/graph.js';
import * as F from '../../src/autograd/ops/index.js';
import { suggest } from '../../src/cli/hints.js';
import type { Device } from '../../src/device/device.js';
import { UsageError } from '../../src/device/errors.js';
import { captureInference } from '../../src/nn/capture_inference.js';
import { Linear } from '../../src/nn/layers.js';
import { models, type ModelInput } from '../../src/nn/models/registry.js';
import { Module } from '../../src/nn/module.js';
import { LayerNorm } from '../../src/nn/norm.js';
import { Adam } from '../../src/optim/optim.js';
import { zeros, type Tensor } from '../../src/tensor/tensor.js';

/** A member is one of a kernel family's on a problem (members.ts): its name says all. */
export type Mode = 'train' | 'infer' | 'member';
export type Precision = 'f32' | 'f16';

export interface Subject {
  /** `resnet50`, `matmul4096`. */
  readonly name: string;
  readonly mode: Mode;
  readonly batch: number;
  readonly precision: Precision;
}

/** How a table writes it: `resnet50 train, batch 32`. */
export function subjectName({ name, mode, batch, precision }: Subject): string {
  return isProduct(name) || mode === 'member'
    ? name
    : `${name} ${mode}, batch ${batch}${precision === 'f16' ? ', f16' : ''}`;
}

const isProduct = (name: string): boolean => /^matmul\d+$/.test(name);

/** One block of a vision transformer (Dosovitskiy et al. 2021), small: x (N, T, D). */
class Block extends Module {
  readonly #heads = 6;
  readonly ln1: LayerNorm;
  readonly qkv: Linear;
  readonly proj: Linear;
  readonly ln2: LayerNorm;
  readonly fc1: Linear;
  readonly fc2: Linear;

  constructor(D: number) {
    super();
    this.ln1 = new LayerNorm(D);
    this.qkv = new Linear(D, 3 * D);
    this.proj = new Linear(D, D);
    this.ln2 = new LayerNorm(D);
    this.fc1 = new Linear(D, 4 * D);
    this.fc2 = new Linear(4 * D, D);
  }

  forward(x: Tensor): Tensor {
    const [N, T, D] = x.shape;
    const heads = F.reshape(this.qkv.forward(this.ln1.forward(x)), [N, T, 3, this.#heads, D / this.#heads]);
    const [q, k, v] = F.split(F.permute(heads, [2, 0, 3, 1, 4]), 1).map((t) => F.reshape(t, t.shape.slice(1)));
    const seen = F.reshape(F.permute(F.scaledDotProductAttention(q, k, v), [0, 2, 1, 3]), [N, T, D]);
    const h = F.add(x, this.proj.forward(seen));
    return F.add(h, this.fc2.forward(F.gelu(this.fc1.forward(this.ln2.forward(h)))));
  }
}

/** Patches of 16x16 of an image, two blocks, the mean over the patches, a head. */
class VisionTransformer extends Module {
  readonly #patch = 16;
  readonly embed: Linear;
  readonly block1: Block;
  readonly block2: Block;
  readonly head: Linear;

  constructor({ channels, classes }: ModelInput, D = 384) {
    super();
    this.embed = new Linear(channels * this.#patch ** 2, D);
    this.block1 = new Block(D);
    this.block2 = new Block(D);
    this.head = new Linear(D, classes);
  }

  forward(x: Tensor): Tensor {
    const [N, C, H, W] = x.shape;
    const P = this.#patch;
    const cut = F.permute(F.reshape(x, [N, C, H / P, P, W / P, P]), [0, 2, 4, 1, 3, 5]);
    const patches = F.reshape(cut, [N, ((H / P) * W) / P, C * P * P]);
    const seen = this.block2.forward(this.block1.forward(this.embed.forward(patches)));
    return this.head.forward(F.mean(seen, { dim: 1 }));
  }
}

interface Buildable {
  readonly name: string;
  readonly input: ModelInput;
  readonly build: (input: ModelInput) => Module;
}

const IMAGES: ModelInput = { channels: 3, height: 224, width: 224, classes: 1000 };
const OWN: readonly Buildable[] = [{ name: 'vit', input: IMAGES, build: (input) => new VisionTransformer(input) }];

/** The models by name: those of the library, and a small vision transformer, which it has no model of. */
function buildable(name: string): Buildable | undefined {
  return [...models(), ...OWN].find((m) => m.name === name);
}

/** @throws UsageError for what is neither a model nor `matmul` and a number. */
export function checkSubjectName(name: string): string {
  if (isProduct(name) || buildable(name) !== undefined) return name;
  const near = suggest(
    name,
    [...models(), ...OWN].map((m) => m.name),
  );
  throw new UsageError(`--models: there is no model "${name}"`, {
    fix: near === undefined ? 'weft models lists them; vit and matmul1024 are also known' : `did you mean ${near}?`,
  });
}

/** Uploads what the subject needs. @returns what runs it once; to be called in a step. */
export function prepareSubject(device: Device, { name, mode, batch, precision }: Subject): () => void {
  if (isProduct(name)) {
    const n = Number(name.slice(6));
    const [a, b] = [zeros(device, [n, n]), zeros(device, [n, n])];
    return () => void noGrad(() => F.matmul(a, b));
  }
  const { build, input } = buildable(checkSubjectName(name)) as Buildable;
  const model = build(input).to(device, { seed: 0 });
  const x = zeros(device, [batch, input.channels, input.height, input.width]);
  const cast = <T>(body: () => T): T => (precision === 'f16' ? autocast(body) : body());
  if (mode === 'infer') {
    model.eval();
    const infer = captureInference(device, (fold, images: Tensor) => fold(() => cast(() => model.forward(images))));
    return () => void infer(x);
  }
  model.train();
  const optimizer = new Adam(model);
  const label = zeros(device, [batch], 'u32');
  return () => {
    optimizer.zeroGrad();
    backward(cast(() => F.crossEntropy(model.forward(x), label)));
    optimizer.step();
  };
}
