/**
 * Timing a kernel of the reader's beside others that make the same, by the wall clock: browsers round a GPU's own
 * timestamps to a tenth of a millisecond. They take turns, so that what else the machine does is shared by all.
 */
import * as F from '../autograd/ops/index.js';
import type { Device } from '../device/device.js';
import { hostTensor } from '../kernels/launch/host_tensor.js';
import { tensor, type Tensor } from '../tensor/tensor.js';
import { drawing } from './draw.js';
import type { KernelExercise } from './exercise.js';
import { runKernel } from './measure.js';

/** A kernel's name, and milliseconds of one run of it: those of its fastest turn, as noise only slows it down. */
export interface KernelTime {
  readonly name: string;
  readonly milliseconds: number;
}

/** What kernels were timed on, and how long each took. */
export interface TimedKernels {
  /** See TimedCase. */
  readonly size: string;
  readonly times: readonly KernelTime[];
}

/** Milliseconds of so many runs that the wait for the GPU at their end hardly counts. */
const BATCH_MILLISECONDS = 10;
const MOST_RUNS = 512;
/** What takes longer has fewer turns: its clock is not what limits the figure. */
const SLOW_MILLISECONDS = 200;
const SLOW_ROUNDS = 2;

/** A name that no kernel had before: a device keeps the pipelines of names. */
let kernelsTimed = 0;

/**
 * Times texts that have passed their check, and what of Weft makes the same, where the exercise says so. null where it
 * has nothing to be timed on.
 * @param texts WGSL by the names of the result. @param rounds how often each has its turn.
 */
export async function timeKernels(
  device: Device,
  exercise: KernelExercise,
  texts: Readonly<Record<string, string>>,
  rounds = 5,
): Promise<TimedKernels | null> {
  const { bindings, timed, words = [] } = exercise;
  if (timed === undefined) return null;
  const { size, inputs, outputs, params, constants, workgroups, weft } = timed(drawing(0));
  const bound = new Map<string, Tensor>();
  for (const [name, kind] of Object.entries(bindings)) {
    if (kind === 'params') continue;
    const { shape, data } = inputs[name] ?? hostTensor(outputs[name]);
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
  const all =
    weft === undefined ? own : [...own, { name: weft.name, run: () => device.step(() => void weft.run(given, F)) }];
  try {
    return { size, times: await inTurns(device, all, rounds) };
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
    for (let i = 0; i < runs; i++) run();
    await device.sync();
    return (performance.now() - started) / runs;
  };
  const planned: (Timed & { readonly estimate: number; readonly runs: number; readonly times: number[] })[] = [];
  for (const { name, run } of all) {
    await once(run, 1); // compiles
    let [runs, estimate] = [1, await once(run, 1)];
    while (runs * estimate < BATCH_MILLISECONDS && runs < MOST_RUNS) {
      runs *= 8;
      estimate = await once(run, runs);
    }
    planned.push({ name, run, estimate, runs, times: [] });
  }
  const isSlow = planned.some(({ estimate }) => estimate > SLOW_MILLISECONDS);
  for (let round = 0; round < (isSlow ? Math.min(SLOW_ROUNDS, rounds) : rounds); round++)
    for (const { run, runs, times } of planned) times.push(await once(run, runs));
  return planned.map(({ name, times }) => ({ name, milliseconds: Math.min(...times) }));
}
