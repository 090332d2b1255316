/** Training that can be watched: a step at a time, with everything that a page shows of it. No files. */
import { FASHION_CLASSES, type HeldDataset } from '../../data/dataset.js';
import { DeviceDataset, type DatasetWalk } from '../../data/device_dataset.js';
import { syntheticGarments } from '../../data/drawn/garments.js';
import { meanStd, type Normalization } from '../../data/normalize.js';
import { epochOrder } from '../../data/sampler.js';
import { noGrad } from '../../autograd/graph.js';
import { softmax } from '../../autograd/ops/loss/softmax.js';
import type { CapturedStep } from '../../device/capture.js';
import type { Device } from '../../device/device.js';
import { manualSeed } from '../../kernels/random/random.js';
import { buildModel, modelSpec } from '../../nn/models/registry.js';
import type { Module } from '../../nn/module.js';
import { tensor, zeros, type Tensor } from '../../tensor/tensor.js';
import { DEFAULT_LR } from '../config.js';
import { evaluate } from '../evaluate/evaluate.js';
import { confusionMatrix } from '../evaluate/metrics.js';
import { Adam, type Optimizer } from '../../optim/optim.js';
import { trainStep } from '../step/train_step.js';
import { brokenNumbers } from '../checkpoint/weight_watch.js';

/** What is trained, and how. */
export interface LiveOptions {
  /** Drawn garments to train on, 1,500 by default, and to test on, 300. */
  readonly train?: number;
  readonly test?: number;
  /** Images per step. Default 32. */
  readonly batch?: number;
  readonly lr?: number;
  /** Decides weights, images and order. Default 0. */
  readonly seed?: number;
}

/** Means over the steps since the last reading. */
export interface LiveReading {
  /** Steps done in all. */
  readonly step: number;
  /** Cross-entropy in nats. */
  readonly loss: number;
  /** Share of right answers, 0 to 1. */
  readonly accuracy: number;
  /** How many weights are NaN or infinite: above 0, nothing the network says means anything. */
  readonly broken: number;
}

/** What the model says of one test image. */
export interface LiveTest {
  readonly accuracy: number;
  /** [true class][predicted class] counts. */
  readonly confusion: readonly (readonly number[])[];
}

/** The weights of the first convolution, as pictures. */
export interface Filters {
  /** (count, size, size), one after the other. */
  readonly values: Float32Array;
  readonly count: number;
  readonly size: number;
}

/** A training that its caller drives a few steps at a time, so that a page stays alive. */
export class LiveTraining {
  readonly classes = FASHION_CLASSES;
  readonly test: HeldDataset;
  readonly batch: number;
  /** Steps done. */
  step = 0;
  readonly #device: Device;
  /** It is trained further by `advance`: to be looked at, not to be changed. */
  readonly model: Module;
  readonly #optimizer: Optimizer;
  readonly #normalization: Normalization;
  readonly #train: DeviceDataset;
  readonly #tested: DeviceDataset;
  readonly #walk: DatasetWalk;
  readonly #totals: Tensor;
  readonly #seed: number;
  readonly #captured: CapturedStep<[number], void>;

  /**
   * Draws the images and puts a fresh model on the device; `model` is a name of `weft models` for 28x28 grey images.
   */
  constructor(
    device: Device,
    model: string,
    { train = 1500, test = 300, batch = 32, lr = DEFAULT_LR.adam, seed = 0 }: LiveOptions = {},
  ) {
    const data = syntheticGarments({ train, test, seed });
    const { channels, height, width, classes, count } = data.train;
    this.test = data.test as HeldDataset;
    this.batch = Math.min(batch, count);
    this.#seed = seed;
    this.#device = device;
    this.#normalization = meanStd(data.train);
    this.model = buildModel(model, { channels, height, width, classes: classes.length }).to(device, { seed });
    manualSeed(device, seed + 1);
    this.#optimizer = new Adam(this.model, { lr });
    this.#train = new DeviceDataset(device, data.train, this.#normalization);
    this.#tested = new DeviceDataset(device, this.test, this.#normalization);
    this.#walk = this.#train.walk(epochOrder(count, 0, seed), { batch: this.batch });
    this.#totals = zeros(device, [3]);
    device.keep(this.#totals.storage);
    const parts = {
      model: this.model,
      head: modelSpec(model).head,
      criterion: {},
      optimizer: this.#optimizer,
      ema: null,
      walk: this.#walk,
      classWeight: null,
      fused: null,
      totals: this.#totals,
    };
    this.#captured = device.capture((size: number) => trainStep(parts, size));
    this.model.train();
  }

  /** Compiles the step's kernels beside each other; without it the first step compiles them one by one. */
  compile(): Promise<void> {
    return this.#captured.compile([this.batch]);
  }

  /** Trains so many steps; the order is shuffled anew after each pass over the images, whose rest is left out. */
  advance(steps: number): void {
    const perEpoch = Math.floor(this.#walk.count / this.batch);
    for (let i = 0; i < steps; i++, this.step++) {
      if (this.step > 0 && this.step % perEpoch === 0)
        this.#walk.restart(epochOrder(this.#walk.count, this.step / perEpoch, this.#seed));
      this.#captured(this.batch);
    }
  }

  /**
   * Waits for the GPU. A loss that is not a number, or weights that are not (training diverged), are the reader's to
   * notice.
   */
  async read(): Promise<LiveReading> {
    const [[loss, right, count], broken] = await Promise.all([this.#totals.read(), brokenNumbers(this.model)]);
    this.#device.clear(this.#totals.storage);
    return { step: this.step, loss: loss / count, accuracy: right / count, broken };
  }

  /** Measures the model on the test images. */
  async measure(): Promise<LiveTest> {
    const walk = this.#tested.walk(Uint32Array.from({ length: this.test.count }, (_, i) => i));
    try {
      const { accuracy, predictions } = await evaluate(this.#device, this.model, walk, 100);
      return { accuracy, confusion: confusionMatrix(this.test.labels, predictions, this.classes.length) };
    } finally {
      walk.release();
    }
  }

  /** The filters of the first convolution. */
  async filters(): Promise<Filters> {
    const [, first] = [...this.model.namedParameters()].find(([name]) => name.endsWith('weight')) as [
      string,
      { readonly value: Tensor },
    ];
    const [count, , size] = first.value.shape;
    return { values: (await first.value.read()) as Float32Array, count, size };
  }

  /** Bytes of pictures as the model is given them. */
  normalized(pixels: Uint8Array): Float32Array<ArrayBuffer> {
    const { mean, std } = this.#normalization;
    return Float32Array.from(pixels, (v) => (v / 255 - mean[0]) / std[0]);
  }

  /** Probabilities (classes) of one grey picture (28, 28) of bytes. */
  async classify(pixels: Uint8Array): Promise<Float32Array> {
    const { height, width } = this.test;
    const input = this.normalized(pixels);
    this.model.eval();
    const p = this.#device.step(() =>
      noGrad(() => softmax(this.model.forward(tensor(this.#device, input, { shape: [1, 1, height, width] })))),
    );
    this.model.train();
    try {
      return (await p.read()) as Float32Array;
    } finally {
      p.release();
    }
  }

  /** Gives all memory back: it cannot be used any more. */
  release(): void {
    this.#captured.release();
    for (const part of [this.model, this.#train, this.#tested, this.#walk, this.#totals.storage]) part.release();
  }
}
