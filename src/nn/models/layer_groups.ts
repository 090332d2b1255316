/**
 * The layers of a network in the order in which an image meets them: blocks, for rates that fall from the head to the
 * first layer, and stages, for layers that begin to learn one after the other.
 */
import type { AnyModule } from '../module.js';

/** How fine groups are: a residual block or a stage of them. */
export type Grain = 'blocks' | 'stages';

/** A network's groups of layers, the first layers first; the last group is the head. */
export interface LayerGroups {
  /** What the keys of each group begin with, most of them: `layer1.0`. */
  readonly names: readonly string[];
  /** The group of a parameter, by its state-dict key. */
  readonly of: (key: string) => number;
}

/** What looks at the images in a vision transformer. */
const EMBEDDING = /^(class_token|conv_proj|encoder\.pos_embedding)\b/;

/**
 * Where a key's group ends, by the names of torchvision's networks: the first that matches. Other networks: a layer or
 * module of the top, and the items of a list there.
 */
const ENDS: Readonly<Record<Grain, readonly RegExp[]>> = {
  blocks: [
    /^block\d+\.layer\.\d+/, // wide residual networks
    /^features\.denseblock\d+\.denselayer\d+/,
    /^features\.\d+\.\d+(?=\.(block\.|layer_scale))/, // ConvNeXt, EfficientNet
    /^trunk_output\.[^.]+\.[^.]+/, // RegNet
    /^encoder\.layers\.[^.]+/,
    /^features\.[^.]+/,
    /^[^.]+\.\d+/,
    /^[^.]+/,
  ],
  stages: [/^trunk_output\.[^.]+/, /^encoder\.layers\.[^.]+/, /^(features|classifier)\.[^.]+/, /^[^.]+/],
};

/** The name of what a parameter is part of. */
function partOf(key: string, head: string, grain: Grain): string {
  if (key.startsWith(`${head}.`)) return head;
  if (EMBEDDING.test(key)) return 'conv_proj';
  for (const end of ENDS[grain]) {
    const [part] = end.exec(key) ?? [];
    if (part !== undefined) return part;
  }
  return key;
}

/**
 * Groups of a model's parameters, in the order of its definition. A part without any matrix, such as a norm, is of the
 * group before it, or of the next one if it is the first.
 * @param head path of the layer that gives the logits: a group by itself, and the last.
 */
export function layerGroups(model: AnyModule, head: string, grain: Grain): LayerGroups {
  const parts = new Map<string, { readonly keys: string[]; hasMatrix: boolean }>();
  for (const [key, { shape }] of model.namedParameters()) {
    const name = partOf(key, head, grain);
    const part = parts.get(name) ?? { keys: [], hasMatrix: false };
    part.keys.push(key);
    part.hasMatrix ||= shape.filter((d) => d > 1).length > 1;
    parts.set(name, part);
  }
  const [names, groups]: [string[], Map<string, number>] = [[], new Map()];
  let waiting: string[] = [];
  const inOrder = [...parts].sort(([a], [b]) => Number(a === head) - Number(b === head));
  for (const [name, { keys, hasMatrix }] of inOrder) {
    if (hasMatrix || name === head) names.push(name);
    else if (names.length === 0) {
      waiting.push(...keys);
      continue;
    }
    for (const key of [...waiting, ...keys]) groups.set(key, names.length - 1);
    waiting = [];
  }
  return { names, of: (key) => groups.get(key) ?? names.length - 1 };
}
