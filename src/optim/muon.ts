/** Muon: momentum made orthogonal for the matrices inside a network, AdamW for the rest. */
import { UsageError } from '../device/errors.js';
import { muonApply_, muonMomentum_, orthogonalized, type MuonWeight } from '../kernels/optimizer/muon.js';
import { adam_, ELSEWHERE, type RateTable } from '../kernels/optimizer/optimizer.js';
import type { AnyModule } from '../nn/module.js';
import type { Parameter, ParameterMemory } from '../nn/parameter.js';
import { empty, type Tensor } from '../tensor/tensor.js';
import { blocksOn, groupOf, groupsBy, type GroupOptions } from './groups.js';
import { Optimizer } from './optimizer.js';

/** Options of `Muon`. */
export interface MuonOptions extends GroupOptions {
  /** Of the matrices. Default 0.02. */
  readonly lr?: number;
  /** Default 0.95. */
  readonly momentum?: number;
  /** Default true. */
  readonly nesterov?: boolean;
  /** Iterations of Newton and Schulz. Default 5. */
  readonly iterations?: number;
  /** Apart from the gradient, for matrices and the rest. Default 0. */
  readonly weightDecay?: number;
  /**
   * Which weights are not for Muon, by their keys, besides all that are no matrices. Default: the first and the last
   * that it could take.
   */
  readonly rest?: (name: string) => boolean;
  /** AdamW's learning rate; setting the optimizer's later scales it by as much. Default 3e-4. */
  readonly adamLr?: number;
  /** AdamW's. Default 0.9 and 0.95. */
  readonly betas?: readonly [number, number];
  /** AdamW's. Default 1e-10. */
  readonly eps?: number;
}

/** Weights of linear, recurrent and two-dimensional convolutional layers; no vectors, no embeddings of places. */
function isMatrix(name: string, { shape }: Parameter): boolean {
  return (shape.length === 2 || shape.length === 4) && /weight[^.]*$/.test(name);
}

/**
 * The weights that Muon takes, by default all matrices but the first, which looks at the images, and the last, which
 * gives the logits.
 */
export function muonKeys(model: AnyModule, rest?: (name: string) => boolean): ReadonlySet<string> {
  const all = [...model.namedParameters()].filter(([name, p]) => isMatrix(name, p)).map(([name]) => name);
  return new Set(rest === undefined ? all.slice(1, -1) : all.filter((name) => !rest(name)));
}

/**
 * Muon (Jordan et al. 2024): of each weight (out, in), or (out, in kH kW) of a convolution, the momentum is made nearly
 * orthogonal by five iterations of Newton and Schulz, in f32, and taken times lr * sqrt(max(1, out / in)). Query, key
 * and value of an attention are matrices of their own. All else is moved by AdamW. Its state is as large as Adam's.
 */
export class Muon extends Optimizer {
  readonly #settings;
  readonly #m: Tensor;
  readonly #v: Tensor;
  readonly #batches: readonly (readonly MuonWeight[])[];
  readonly #adamTable: Tensor;

  /** @throws UsageError also when there is no weight for Muon. */
  constructor(
    model: AnyModule,
    {
      lr = 0.02,
      momentum = 0.95,
      nesterov = true,
      iterations = 5,
      weightDecay = 0,
      rest,
      adamLr = 3e-4,
      betas = [0.9, 0.95],
      eps = 1e-10,
      groups = [],
    }: MuonOptions = {},
  ) {
    const keys = muonKeys(model, rest);
    if (keys.size === 0)
      throw new UsageError('Muon has nothing to do: no weight lies between the first layer and the last', {
        fix: 'use AdamW, or a deeper model',
      });
    const own = groupsBy(model, (name) => {
      const { match: _, ...settings } = groupOf(groups, name) ?? { match: /./ };
      const { lrScale = 1 } = settings;
      return keys.has(name) || settings.lr !== undefined ? settings : { ...settings, lr: adamLr * lrScale };
    });
    super(model, lr, weightDecay, own);
    this.#settings = { momentum, nesterov, iterations, weightDecay, betas, eps };
    this.#m = model.memory.flat();
    this.#v = model.memory.flat();
    const { weights, blocks } = this.#split(model, keys);
    this.#batches = batchesOf(weights, model.memory.device.maxBindingBytes / 4);
    this.#adamTable = blocksOn(model, blocks);
  }

  /** Muon's weights, and the table of groups of the rest. */
  #split(model: AnyModule, keys: ReadonlySet<string>): { weights: MuonWeight[]; blocks: Uint32Array<ArrayBuffer> } {
    const { offsets, weights: flat } = model.memory;
    const blocks = new Uint32Array(flat.size / 64).fill(ELSEWHERE);
    const weights: MuonWeight[] = [];
    for (const [i, [name, p]] of [...model.namedParameters()].entries()) {
      const [start, group] = [offsets[i], this.rowOf(i)];
      if (keys.has(name)) {
        const matrices = name.endsWith('in_proj_weight') ? 3 : 1;
        const rows = p.shape[0] / matrices;
        weights.push({ start, group, matrices, rows, columns: p.size / p.shape[0], layout: p.layout });
      } else blocks.fill(group, start / 64, start / 64 + Math.ceil(p.size / 64));
    }
    return { weights, blocks };
  }

  protected update({ weights, grads }: ParameterMemory, hyper: Tensor, table: RateTable | null): void {
    const { betas, eps, weightDecay, iterations, ...own } = this.#settings;
    const settings = { betas, eps, weightDecay, decoupled: true };
    // AdamW's rate is a group's: without groups there is nothing but matrices
    if (table !== null)
      adam_(weights, grads, this.#m, this.#v, hyper, settings, { ...table, groupOf: this.#adamTable });
    for (const all of this.#batches) {
      const batch = all.filter((w) => !this.isStill(w.group));
      if (batch.length === 0) continue;
      const [{ rows, columns }] = batch;
      const starts = batch.map((_, i) => rows * columns * batch.slice(0, i).reduce((n, w) => n + w.matrices, 0));
      const matrices = batch.reduce((n, w) => n + w.matrices, 0);
      const x = empty(weights.device, [matrices, rows, columns]);
      for (const [i, w] of batch.entries()) muonMomentum_(w, { grad: grads, m: this.#m, hyper }, x, starts[i], own);
      const made = orthogonalized(x, iterations);
      for (const [i, w] of batch.entries())
        muonApply_(w, { weight: weights, hyper }, made, starts[i], weightDecay, table);
    }
  }

  protected moments(): Record<string, Tensor> {
    return { m: this.#m, v: this.#v };
  }
}

/** Weights whose matrices are of one size are made orthogonal together, as far as they can be bound. */
function batchesOf(weights: readonly MuonWeight[], elements: number): MuonWeight[][] {
  const batches = new Map<string, MuonWeight[]>();
  for (const w of weights) {
    const key = `${w.rows} ${w.columns}`;
    for (let part = 0; ; part++) {
      const batch = batches.get(`${key} ${part}`) ?? [];
      const size = [...batch, w].reduce((n, b) => n + b.matrices, 0) * w.rows * w.columns;
      if (batch.length > 0 && size > elements) continue;
      batches.set(`${key} ${part}`, [...batch, w]);
      break;
    }
  }
  return [...batches.values()];
}
