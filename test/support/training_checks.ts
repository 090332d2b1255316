/**
 * The optimizers as a training loop uses them, with groups of parameters, clipped gradients and averaged weights,
 * against PyTorch.
 */
import type { Device } from '../../src/device/device.js';
import { Module } from '../../src/nn/module.js';
import { Parameter } from '../../src/nn/parameter.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import {
  Adagrad,
  Adam,
  AdamW,
  EMA,
  RMSprop,
  SGD,
  clipGradNorm_,
  clipGradValue_,
  type Optimizer,
} from '../../src/optim/optim.js';
import { expectClose } from '../../src/cases/close.js';
import { readTrajectories, type GoldenTrajectory } from './golden.js';
import { expectPath, nameOf } from './optimizer_checks.js';

/** Parameters of these names and sizes, and nothing else. */
class Bag extends Module {
  readonly #parameters: readonly (readonly [string, Parameter])[];

  constructor(parameters: readonly (readonly [name: string, size: number])[]) {
    super();
    this.#parameters = parameters.map(([name, size]) => [
      name,
      new Parameter([size], (x) => x.device.clear(x.storage, x.byteOffset, size * 4)),
    ]);
  }

  override *namedParameters(): Iterable<[string, Parameter]> {
    for (const [name, p] of this.#parameters) yield [name, p];
  }

  forward(x: Tensor): Tensor {
    return x;
  }

  /** Writes the parameters' numbers, one after the other, into flat memory. */
  write(flat: Tensor, numbers: Float64Array): void {
    const all = new Float32Array(flat.size);
    for (const { offset, start, size } of this.#places()) all.set(numbers.subarray(start, start + size), offset);
    flat.device.write(flat.storage, all);
  }

  /** The parameters' numbers, one after the other. @throws Error when what lies between them is not zero. */
  async read(flat: Tensor): Promise<number[]> {
    const all = await flat.read();
    const numbers = this.#places().flatMap(({ offset, size }) => [...all.subarray(offset, offset + size)]);
    for (const { offset, size } of this.#places()) all.fill(0, offset, offset + size);
    if (!all.every((v) => v === 0)) throw new Error('what lies between parameters is not zero');
    return numbers;
  }

  #places(): { offset: number; start: number; size: number }[] {
    let start = 0;
    return this.#parameters.map(([, { size }], i) => ({
      offset: this.memory.offsets[i],
      start: (start += size) - size,
      size,
    }));
  }
}

function makeOptimizer(model: Module, { kind, settings: s, groups = [] }: GoldenTrajectory): Optimizer {
  const common = {
    lr: s.lr,
    ...(s.weight_decay === undefined ? {} : { weightDecay: s.weight_decay }),
    groups: groups.map((g) => ({
      match: new RegExp(g.match),
      ...(g.lr === undefined ? {} : { lr: g.lr }),
      ...(g.weight_decay === undefined ? {} : { weightDecay: g.weight_decay }),
    })),
  };
  const {
    momentum,
    dampening,
    nesterov,
    betas,
    eps,
    alpha,
    centered,
    lr_decay: lrDecay,
    initial_accumulator_value: initialAccumulatorValue,
  } = s;
  const given = Object.fromEntries(
    Object.entries({
      momentum,
      dampening,
      nesterov,
      betas,
      eps,
      alpha,
      centered,
      lrDecay,
      initialAccumulatorValue,
    }).filter(([, v]) => v !== undefined),
  );
  const Kind = { sgd: SGD, adam: Adam, adamw: AdamW, rmsprop: RMSprop, adagrad: Adagrad }[kind];
  return new Kind(model, { ...common, ...given });
}

async function run(device: Device, t: GoldenTrajectory): Promise<void> {
  const size = t.start.data.length;
  const model = new Bag(t.parameters ?? [['w', size]]).to(device);
  model.write(model.memory.weights, t.start.data);
  const optimizer = makeOptimizer(model, t);
  const average = t.ema === undefined ? null : new EMA(model, t.ema);
  const label = nameOf(t);
  for (let step = 0; step < t.path.shape[0]; step++) {
    const row = (of: Float64Array): Float64Array => of.subarray(step * size, (step + 1) * size);
    model.write(model.memory.grads, row(t.gradients.data));
    const norm = device.step(() => {
      const before = t.clipNorm === undefined ? null : clipGradNorm_(model, t.clipNorm);
      if (t.clipValue !== undefined) clipGradValue_(model, t.clipValue);
      optimizer.step();
      average?.update();
      return before;
    });
    const common = {
      op: t.kind,
      pair: 'GPU with PyTorch',
      label: `${label}, step ${step + 1}`,
      tolerance: 1e-6,
    } as const;
    expectPath(t, step, await model.read(model.memory.weights), 'GPU with PyTorch', 1e-5);
    if (norm !== null && t.norms !== undefined)
      expectClose({ ...common, argument: 'norm', got: await norm.read(), expected: [t.norms.data[step]] });
    if (average !== null && t.averages !== undefined) {
      average.swap();
      expectClose({
        ...common,
        argument: 'average',
        got: await model.read(model.memory.weights),
        expected: row(t.averages.data),
      });
      average.swap();
    }
  }
}

const details = ({ groups, clipNorm, clipValue, ema }: GoldenTrajectory): string =>
  JSON.stringify({ groups, clipNorm, clipValue, ema });

export const trainingChecks = readTrajectories().map((t) => ({
  name: `trained: ${nameOf(t)} ${details(t)}`,
  run: (device: Device) => run(device, t),
}));
