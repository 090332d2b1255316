/**
 * Vision transformers (Dosovitskiy et al.: "An image is worth 16x16 words", 2020), with torchvision's state-dict keys
 * and initial values: for 1000 classes and images of 224x224, ViT-B/16 has 86,567,656 parameters and ViT-Ti/16 (Touvron
 * et al.: "Training data-efficient image transformers", 2020) 5,717,416. There is a position embedding for each patch
 * of the images that the model is built for; rows and columns after the last whole patch are not seen.
 */
import { add, cat, expand, permute, reshape, select } from '../../autograd/ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { constantValue, normal, xavierUniform } from '../init.js';
import { Conv2d, Dropout, GELU, Linear } from '../layers.js';
import { Module } from '../module.js';
import { LayerNorm } from '../norm.js';
import { Parameter } from '../parameter.js';
import { Sequential } from '../sequential.js';
import { MultiheadAttention } from '../transformer/multihead_attention.js';
import type { ModelInput } from './list.js';

const PATCH = 16;
const DEPTH = 12;
const NORM = { eps: 1e-6 } as const;
/** Features of a token, and heads of 64 of them. */
const WIDTHS = { tiny: 192, base: 768 } as const;
const HEAD_WIDTH = 64;

/** Keys 0 and 3 hold the weights. */
function mlp(width: number): Sequential {
  const layers = [new Linear(width, 4 * width), new Linear(4 * width, width)] as const;
  for (const { weight, bias } of layers) {
    weight.init = xavierUniform();
    if (bias !== null) bias.init = normal(0, 1e-6);
  }
  return new Sequential(layers[0], new GELU(), new Dropout(0), layers[1], new Dropout(0));
}

/** h = x + attention(norm(x)), y = h + mlp(norm(h)): x (N, L, E), y (N, L, E). */
class EncoderBlock extends Module {
  readonly ln_1: LayerNorm;
  readonly self_attention: MultiheadAttention;
  readonly ln_2: LayerNorm;
  readonly mlp: Sequential;

  constructor(width: number) {
    super();
    this.ln_1 = new LayerNorm(width, NORM);
    this.self_attention = new MultiheadAttention(width, width / HEAD_WIDTH, { batchFirst: true });
    this.ln_2 = new LayerNorm(width, NORM);
    this.mlp = mlp(width);
  }

  forward(x: Tensor): Tensor {
    const normed = this.ln_1.forward(x);
    const h = add(this.self_attention.forward(normed, normed, normed), x);
    return add(this.mlp.forward(this.ln_2.forward(h)), h);
  }
}

/** Adds the positions, runs the blocks and normalises the first token: x (N, L, E) -> (N, E). */
class Encoder extends Module {
  readonly pos_embedding: Parameter;
  readonly layers: Sequential;
  readonly ln: LayerNorm;

  constructor(tokens: number, width: number) {
    super();
    this.pos_embedding = new Parameter([1, tokens, width], normal(0, 0.02));
    const blocks = Array.from({ length: DEPTH }, (_, i) => [`encoder_layer_${i}`, new EncoderBlock(width)] as const);
    this.layers = new Sequential(Object.fromEntries(blocks));
    this.ln = new LayerNorm(width, NORM);
  }

  forward(x: Tensor): Tensor {
    const h = this.layers.forward(add(x, this.pos_embedding.value));
    return this.ln.forward(select(h, 1, 0));
  }
}

/** Vision transformers of patches of 16x16 (Dosovitskiy et al. 2020), as torchvision's. */
export class VisionTransformer extends Module {
  readonly class_token: Parameter;
  readonly conv_proj: Conv2d;
  readonly encoder: Module;
  readonly heads: Sequential;

  constructor({ channels, height, width, classes }: ModelInput, size: keyof typeof WIDTHS) {
    super();
    const features = WIDTHS[size];
    this.class_token = new Parameter([1, 1, features], constantValue(0));
    this.conv_proj = new Conv2d(channels, features, PATCH, { stride: PATCH });
    // torchvision's is cut at 2, dozens of deviations away
    this.conv_proj.weight.init = normal(0, Math.sqrt(1 / (channels * PATCH * PATCH)));
    if (this.conv_proj.bias !== null) this.conv_proj.bias.init = constantValue(0);
    this.encoder = new Encoder(1 + Math.floor(height / PATCH) * Math.floor(width / PATCH), features);
    const head = new Linear(features, classes);
    for (const p of [head.weight, head.bias]) if (p !== null) p.init = constantValue(0);
    this.heads = new Sequential({ head });
  }

  /** x (N, C, H, W) -> logits (N, classes). */
  forward(x: Tensor): Tensor {
    const patches = this.conv_proj.forward(x);
    const [N, E, rows, columns] = patches.shape;
    const tokens = permute(reshape(patches, [N, E, rows * columns]), [0, 2, 1]);
    const first = expand(this.class_token.value, [N, 1, E]);
    return this.heads.forward(this.encoder.forward(cat([first, tokens], 1)));
  }
}
