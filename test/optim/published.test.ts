/**
 * Lion, LAMB and Muon: twelve steps with given gradients, the references and the GPU against the published formulas
 * (test/golden/make_published_optimizers.py); groups that begin later; what makes no sense.
 */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { adam } from '../../src/kernels/optimizer/reference.js';
import { lamb, lion, muon } from '../../src/kernels/optimizer/published_reference.js';
import { Module } from '../../src/nn/module.js';
import { Parameter } from '../../src/nn/parameter.js';
import { filterLayout, ROWS, type Layout } from '../../src/tensor/layout.js';
import { LAMB, Lion, Muon, type Optimizer } from '../../src/optim/optim.js';
import { makeSchedule } from '../../src/optim/schedules/schedule.js';
import { withSwa } from '../../src/optim/schedules/swa.js';
import { expectClose } from '../../src/cases/close.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import type { Device } from '../../src/device/device.js';

const test = gpuSuite('published optimizers');

interface Entry {
  readonly at: number;
  readonly shape: readonly [number, number];
}

interface Trajectory {
  readonly kind: 'lion' | 'lamb' | 'muon';
  readonly settings: {
    readonly lr: number;
    readonly betas?: readonly [number, number];
    readonly eps?: number;
    readonly weight_decay?: number;
    readonly clip?: boolean;
    readonly always?: boolean;
    readonly momentum?: number;
    readonly nesterov?: boolean;
    readonly adam_lr?: number;
  };
  readonly parameters: readonly (readonly [name: string, shape: readonly number[]])[];
  readonly start: Entry;
  readonly gradients: Entry;
  /** After the first step, the second and the last. */
  readonly path: Entry;
}

const FOLDER = new URL('../../../test/golden/numbers/', import.meta.url);
const golden = JSON.parse(readFileSync(new URL('published_optimizers.json', FOLDER), 'utf8')) as {
  readonly optimizers: readonly Trajectory[];
  readonly swa: readonly { readonly anneal: number; readonly rates: readonly number[] }[];
};
const bytes = readFileSync(new URL('published_optimizers.bin', FOLDER));
const numbers = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
const of = ({ at, shape }: Entry): Float32Array<ArrayBuffer> =>
  numbers.slice(at, at + shape.reduce((n, d) => n * d, 1));

const STEPS = 12;

/** The gradients of a step, which come again and again. */
function gradientsOf(t: Trajectory, step: number): Float32Array<ArrayBuffer> {
  const [drawn, size] = t.gradients.shape;
  return of(t.gradients).slice((step % drawn) * size, ((step % drawn) + 1) * size);
}

/** Weights of convolutions lie as their kernels read them; one of two groups. */
const LAYOUTS: Readonly<Record<string, Layout>> = {
  'conv.weight': filterLayout(1),
  'grouped.weight': filterLayout(2),
};
const REST = ['first.weight', 'head.weight'];

class Bag extends Module {
  readonly all: readonly [string, Parameter][];

  constructor(parameters: Trajectory['parameters']) {
    super();
    this.all = parameters.map(([name, shape]) => [
      name,
      new Parameter(shape, (x) => x.write(new Float32Array(x.size)), LAYOUTS[name] ?? ROWS),
    ]);
  }

  override *children(): Iterable<[string, Module]> {}

  override *namedParameters(): Iterable<[string, Parameter]> {
    yield* this.all;
  }

  forward(x: Tensor): Tensor {
    return x;
  }

  /** Numbers of all parameters, one after the other, into the weights or the gradients. */
  write(into: 'value' | 'grad', all: Float32Array<ArrayBuffer>): void {
    let at = 0;
    for (const [, p] of this.all) {
      const t = into === 'value' ? p.value : (p.value.grad as Tensor);
      const home = p.value.layout;
      assert.is(t.layout, home);
      t.write(all.slice(at, (at += p.size)));
    }
  }

  async read(): Promise<number[]> {
    const parts = [];
    for (const [, p] of this.all) parts.push(...((await p.value.read()) as Float32Array));
    return parts;
  }
}

function optimizerOf(model: Module, { kind, settings: s }: Trajectory): Optimizer {
  const given = Object.fromEntries(
    Object.entries({
      lr: s.lr,
      betas: s.betas,
      eps: s.eps,
      weightDecay: s.weight_decay,
      trustClip: s.clip,
      alwaysAdapt: s.always,
      momentum: s.momentum,
      nesterov: s.nesterov,
      adamLr: s.adam_lr,
    }).filter(([, v]) => v !== undefined),
  );
  if (kind === 'muon') return new Muon(model, { ...given, rest: (name) => REST.includes(name) });
  return kind === 'lion' ? new Lion(model, given) : new LAMB(model, given);
}

/** The reference's weights after each step. */
function referencePath(t: Trajectory): Float64Array[] {
  const { settings: s } = t;
  const sizes = t.parameters.map(([, shape]) => shape.reduce((n, d) => n * d, 1));
  const split = (all: Float32Array): Float64Array[] => {
    let at = 0;
    return sizes.map((size) => Float64Array.from(all.subarray(at, (at += size))));
  };
  const weights = split(of(t.start));
  const [m, v] = [weights.map((w) => new Float64Array(w.length)), weights.map((w) => new Float64Array(w.length))];
  const path: Float64Array[] = [];
  for (let step = 0; step < STEPS; step++) {
    const grads = split(gradientsOf(t, step));
    for (const [i, w] of weights.entries()) {
      const [name, shape] = t.parameters[i];
      if (t.kind === 'lion')
        lion(w, grads[i], m[i], s.lr, { betas: s.betas ?? [0.9, 0.99], weightDecay: s.weight_decay ?? 0 });
      else if (t.kind === 'lamb')
        lamb(w, grads[i], m[i], v[i], s.lr, step + 1, {
          betas: s.betas ?? [0.9, 0.999],
          eps: s.eps ?? 1e-6,
          weightDecay: s.weight_decay ?? 0.01,
          trustClip: s.clip ?? false,
          alwaysAdapt: s.always ?? false,
        });
      else if (shape.length > 1 && !REST.includes(name))
        muon(w, grads[i], m[i], s.lr, {
          matrices: name.endsWith('in_proj_weight') ? 3 : 1,
          rows: shape[0] / (name.endsWith('in_proj_weight') ? 3 : 1),
          momentum: s.momentum ?? 0.95,
          nesterov: s.nesterov ?? true,
          weightDecay: s.weight_decay ?? 0,
        });
      else
        adam(w, grads[i], m[i], v[i], s.adam_lr ?? 3e-4, step + 1, {
          betas: [0.9, 0.95],
          eps: 1e-10,
          weightDecay: s.weight_decay ?? 0,
          decoupled: true,
        });
    }
    path.push(Float64Array.from(weights.flatMap((w) => [...w])));
  }
  return path;
}

/** Kept of the path: see make_published_optimizers.py. */
const KEPT = [0, 1, 11];

async function run(device: Device, t: Trajectory, pair: 'GPU with PyTorch' | 'CPU with PyTorch'): Promise<void> {
  const start = of(t.start);
  const path = of(t.path);
  const check = (step: number, weights: ArrayLike<number>, tolerance: number): void => {
    if (!KEPT.includes(step)) return;
    const at = KEPT.indexOf(step) * start.length;
    const expected = Array.from(start, (w, i) => path[at + i] - w);
    const got = Array.from(start, (w, i) => weights[i] - w);
    const label = `${t.kind} ${JSON.stringify(t.settings)}, step ${step + 1}`;
    expectClose({ op: t.kind, argument: 'w', got, expected, tolerance, pair, label });
  };
  if (pair === 'CPU with PyTorch') {
    for (const [step, weights] of referencePath(t).entries()) check(step, weights, 3e-5);
    return;
  }
  const model = new Bag(t.parameters).to(device);
  model.write('value', start);
  const optimizer = optimizerOf(model, t);
  for (let step = 0; step < STEPS; step++) {
    model.write('grad', gradientsOf(t, step));
    device.step(() => optimizer.step());
    if (KEPT.includes(step)) check(step, await model.read(), 1e-4);
  }
}

for (const t of golden.optimizers) {
  test(`${t.kind} ${JSON.stringify(t.settings)}: twelve steps`, async () => {
    const device = await testDevice();
    await run(device, t, 'CPU with PyTorch');
    await run(device, t, 'GPU with PyTorch');
  });
}

test('SWA: rates as torch.optim.swa_utils.SWALR has them, constant at once without annealing', () => {
  const scheduled = { lr: 0.1, epochs: 8, stepsPerEpoch: 5, batch: 1 };
  const plain = makeSchedule({ name: 'exponential', gamma: 0.5 }, scheduled);
  const rates = (anneal: number, lr?: number): number[] => {
    const schedule = withSwa(plain, { start: 3, anneal, ...(lr === undefined ? {} : { lr }) }, scheduled);
    return Array.from({ length: 8 }, (_, epoch) => schedule(epoch * 5 + 4, []));
  };
  for (const { anneal, rates: expected } of golden.swa)
    for (const [epoch, rate] of rates(anneal, 0.08).entries())
      assert.ok(Math.abs(rate - expected[epoch]) < 1e-12, `anneal ${anneal} epoch ${epoch}: ${rate}`);
  assert.equal(rates(0), [0.1, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05]);
});

test.run();
