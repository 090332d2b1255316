/**
 * `weft bench ranks`: what a training step would cost when several ranks share it. The step is measured here, at the
 * whole batch and at parts of it, as are reading and writing its gradients; under mpirun their sum over the ranks is
 * measured too. What follows for other numbers of ranks and other networks is a model's word.
 */
import { openDevice } from '../../src/cli/command.js';
import type { Parsed } from '../../src/cli/declare/declared.js';
import { resolveOptions } from '../../src/cli/options/options.js';
import { print, printJson, say } from '../../src/cli/output.js';
import { withRanks } from '../../src/cli/ranks/with_ranks.js';
import { backward } from '../../src/autograd/graph.js';
import { crossEntropy } from '../../src/autograd/ops/index.js';
import type { Collective } from '../../src/collective/collective.js';
import type { Device } from '../../src/device/device.js';
import { UsageError } from '../../src/device/errors.js';
import { buildModel, modelSpec, type ModelInput } from '../../src/nn/models/registry.js';
import { SGD } from '../../src/optim/optim.js';
import { tensor } from '../../src/tensor/tensor.js';
import { textTable } from '../../src/report/table.js';
import { labelOf, uniform } from '../shared/numbers.js';
import { bestAllReduce, fitLine, localStepsFor, NETWORKS, predictStep, type StepCost } from '../train/scale_model.js';
import { RANKS_OPTIONS } from './options.js';

const WARM = 3;

const medianOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Median seconds of a body that is awaited. */
async function timed(body: () => Promise<void>, runs: number): Promise<number> {
  const seconds: number[] = [];
  for (let i = -WARM; i < runs; i++) {
    const began = performance.now();
    await body();
    if (i >= 0) seconds.push((performance.now() - began) / 1000);
  }
  return medianOf(seconds);
}

/** Times steps of a model at several batch sizes, and the way of its gradients. */
async function measureCost(
  device: Device,
  name: string,
  input: ModelInput,
  batches: readonly number[],
  runs: number,
): Promise<StepCost> {
  const model = buildModel(name, input).to(device, { seed: 0 }).train();
  const optimizer = new SGD(model, { lr: 0.01, momentum: 0.9 });
  const points: [number, number][] = [];
  for (const batch of batches) {
    const shape = [batch, input.channels, input.height, input.width];
    const x = tensor(
      device,
      uniform(
        shape.reduce((n, d) => n * d, 1),
        1,
      ),
      { shape },
    );
    const label = tensor(
      device,
      Uint32Array.from({ length: batch }, (_, i) => labelOf(i) % input.classes),
    );
    const step = device.capture(() => {
      optimizer.zeroGrad();
      backward(crossEntropy(model.forward(x), label));
      optimizer.step();
    });
    const run = async (): Promise<void> => {
      step();
      await device.sync();
    };
    points.push([batch, await timed(run, runs)]);
    step.release();
    x.release();
    label.release();
  }
  const { grads } = model.memory;
  const readback = await timed(async () => void (await grads.read()), runs);
  const numbers = new Float32Array(grads.size);
  const upload = await timed(async () => {
    device.write(grads.storage, numbers);
    await device.sync();
  }, runs);
  const { a, b } = fitLine(points);
  return { fixed: a, perImage: b, bytes: grads.byteLength, readback, upload };
}

/** Median seconds in which these ranks add up so many bytes. */
async function measureReduce(collective: Collective, bytes: number, runs: number): Promise<number> {
  const values = new Float32Array(bytes / 4);
  return timed(() => collective.allReduce(values), runs);
}

function numbersOf(text: string, option: string): number[] {
  const list = text.split(',').map(Number);
  if (list.some((n) => !Number.isSafeInteger(n) || n < 1))
    throw new UsageError(`--${option} ${text} is no list of whole numbers of at least 1`, { fix: 'e.g. 2,4,8' });
  return list;
}

/** @throws UsageError when the size is none. */
function inputOf(name: string, size: unknown): ModelInput {
  const { input } = modelSpec(name);
  if (size === undefined) return input;
  const [channels, height, width] = /^\d+x\d+x\d+$/.test(String(size)) ? String(size).split('x').map(Number) : [];
  if (channels === undefined) throw new UsageError(`--input ${String(size)} is no size CxHxW`, { fix: 'e.g. 1x28x28' });
  return { ...input, channels, height, width };
}

const ms = (seconds: number): string => (1000 * seconds).toFixed(seconds < 0.01 ? 2 : 1);

export function run(argv: Parsed): Promise<void> {
  return withRanks((collective) => measureAndPredict(argv, collective));
}

async function measureAndPredict(argv: Parsed, collective: Collective): Promise<void> {
  const o = resolveOptions(RANKS_OPTIONS, argv);
  const ranks = numbersOf(String(o['ranks']), 'ranks');
  const { name } = modelSpec(String(o['model']));
  const [batch, runs] = [Number(o['batch']), Number(o['runs'])];
  const batches = [...new Set([1, 2, 4].map((parts) => Math.ceil(batch / parts)))];
  const device = await openDevice(argv, { poison: false });
  const cost = await measureCost(device, name, inputOf(name, o['input']), batches, runs).finally(() =>
    device.destroy(),
  );
  say(`${name}, ${batch} images a step${o['per-rank'] === true ? ' of each rank' : ''}, on ${device.name}`);
  print(
    `\nmeasured: a step takes ${ms(cost.fixed)} ms and ${ms(cost.perImage)} ms an image; ` +
      `${(cost.bytes / 1e6).toFixed(2)} MB of gradients: reading ${ms(cost.readback)} ms, ` +
      `writing ${ms(cost.upload)} ms`,
  );
  const here = collective.size === 1 ? null : await measureReduce(collective, cost.bytes, runs);
  const sharing = (count: number): Parameters<typeof predictStep>[1] => ({
    ranks: count,
    batch: o['per-rank'] === true ? batch * count : batch,
    alone: batch,
    syncEvery: Number(o['sync-every']),
    buckets: Number(o['buckets']),
  });
  if (here !== null) {
    const { compute, exchange, total, efficiency } = predictStep(cost, sharing(collective.size), here);
    print(
      `measured: ${collective.size} ranks (${collective.name}) add them up in ${ms(here)} ms\n` +
        `follows: a step of ${ms(total)} ms (computing ${ms(compute)}, exchanging ${ms(exchange)}), ` +
        `${(100 * efficiency).toFixed(0)} % efficiency`,
    );
  }
  const speed = Number(o['speed']);
  if (!(speed > 0)) throw new UsageError(`--speed ${speed} is no speed`, { fix: 'e.g. 100' });
  const faster = { ...cost, fixed: cost.fixed / speed, perImage: cost.perImage / speed };
  const rows = Object.entries(NETWORKS).flatMap(([network, figures]) =>
    ranks.map((count) => {
      const { algorithm, seconds } = bestAllReduce(count, cost.bytes, figures);
      const predicted = predictStep(faster, sharing(count), seconds);
      return {
        network,
        ranks: count,
        algorithm,
        reduce: seconds,
        ...predicted,
        local: localStepsFor(faster, sharing(count), seconds, 0.8),
      };
    }),
  );
  const devices = speed === 1 ? '' : `devices ${speed} times as fast, `;
  print(`\npredicted, not measured: ${devices}networks by their makers’ figures, nothing else in the way\n`);
  print(
    textTable(
      ['network', 'ranks', 'algorithm', 'reduce, ms', 'step, ms', 'efficiency', 'local steps for 80 %'],
      rows.map((r) => [
        r.network,
        String(r.ranks),
        r.algorithm,
        ms(r.reduce),
        ms(r.total),
        `${(100 * r.efficiency).toFixed(0)} %`,
        r.local === null ? '–' : String(r.local),
      ]),
      ['left', 'right', 'left', 'right', 'right', 'right', 'right'],
    ),
  );
  if (o['json'] === true)
    printJson({ model: name, batch, cost, ranks: collective.size, reduce: here, predicted: rows });
}
