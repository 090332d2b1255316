/**
 * Timing a kernel of the reader's beside others that make the same, by the wall clock: browsers round a GPU's own
 * timestamps to a tenth of a millisecond. They take turns, so that what else the machine does is shared by all.
 */
import type { Device } from '../device/device.js';
import { tensor, type Tensor } from '../tensor/tensor.js';
import { drawing } from './draw.js';
import type { KernelExercise } from './exercise.js';
import { runKernel } from './measure.js';

/** A kernel's name, and milliseconds of one run of it: the median of the rounds. */
export interface KernelTime {
  readonly name: string;
  readonly milliseconds: number;
}

/** Milliseconds of so many runs that the wait for the GPU at their end hardly counts. */
const BATCH_MILLISECONDS = 25;
const MOST_RUNS = 200;

/** A name that no kernel had before: a device keeps the pipelines of names. */
let kernelsTimed = 0;

/**
 * Times texts that have passed their check, and what of Weft makes the same, where the exercise says so. Nothing where
 * it has no size to be timed at.
 * @param texts WGSL by the names of the result. @param rounds how often each has its turn.
 */
export async function timeKernels(
  device: Device,
  exercise: KernelExercise,
  texts: Readonly<Record<string, string>>,
  rounds = 5,
): Promise<KernelTime[]> {
  const { bindings, timed, weft, words = [] } = exercise;
  if (timed === undefined) return [];
  const { inputs, outputs, params, constants, workgroups } = exercise.make(timed, drawing(0));
  const bound = new Map<string, Tensor>();
  for (const [name, kind] of Object.entries(bindings)) {
    if (kind === 'params') continue;
    const { shape, data } = outputs[name]?.initial ?? outputs[name]?.expected ?? inputs[name];
    const numbers = words.includes(name) ? Uint32Array.from(data) : Float32Array.from(data);
    bound.set(name, tensor(device, numbers, { shape, dtype: words.includes(name) ? 'u32' : 'f32' }));
  }
  const own = Object.entries(texts).map(([name, wgsl]) => {
    const launch = {
      name: `timed ${++kernelsTimed}`,
      wgsl,
      bindings: Object.values(bindings),
      tensors: [...bound.values()],
      ...(params === undefined ? {} : { params }),
      ...(constants === undefined ? {} : { constants }),
      workgroups,
    };
    return { name, run: () => runKernel(device, launch) };
  });
  const given = Object.fromEntries(bound);
  const all = weft === undefined ? own : [...own, { name: weft.name, run: () => void weft.run(given) }];
  try {
    return await inTurns(device, all, rounds);
  } finally {
    for (const t of bound.values()) t.release();
  }
}

interface Timed {
  readonly name: string;
  readonly run: () => void;
}

async function inTurns(device: Device, all: readonly Timed[], rounds: number): Promise<KernelTime[]> {
  const once = async (run: () => void, runs: number): Promise<number> => {
    const started = performance.now();
    device.step(() => {
      for (let i = 0; i < runs; i++) run();
    });
    await device.sync();
    return (performance.now() - started) / runs;
  };
  const planned: {
    readonly name: string;
    readonly run: () => void;
    readonly runs: number;
    readonly times: number[];
  }[] = [];
  for (const { name, run } of all) {
    await once(run, 1); // compiles
    const estimate = await once(run, 4);
    const runs = Math.max(1, Math.min(MOST_RUNS, Math.round(BATCH_MILLISECONDS / Math.max(estimate, 1e-3))));
    planned.push({ name, run, runs, times: [] });
  }
  for (let round = 0; round < rounds; round++)
    for (const { run, runs, times } of planned) times.push(await once(run, runs));
  return planned.map(({ name, times }) => ({
    name,
    milliseconds: times.sort((a, b) => a - b)[Math.floor(times.length / 2)],
  }));
}
