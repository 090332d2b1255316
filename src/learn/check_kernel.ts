/** Checking a kernel that the reader wrote: does it compile, and is it right at every size? */
import type { Device } from '../device/device.js';
import { addShader, shaderSource, compilationMessages } from '../device/wgsl.js';
import { bindGroupLayout, type Kernel } from '../device/kernel.js';
import { hostTensor, type HostTensor } from '../kernels/launch/host_tensor.js';
import { tensor, type Tensor } from '../tensor/tensor.js';
import { compareNumbers, elementName, numberText, UNTOUCHED } from './compare_numbers.js';
import { drawing } from './draw.js';
import type { CheckResult, KernelCase, KernelExercise, KernelOutput, TestResult } from './exercise.js';
import { ExerciseError, failureOf } from './failure.js';

/** Elements behind each input and output, which no kernel may read or write. */
const TAIL = 256;
/** What inputs hold there: a sum that has one of these is far off. */
const FOREIGN = 4e6;
const FOREIGN_WORD = 0;

/** Memory that threads share. */
const SHARED = /\bvar\s*<\s*workgroup\s*>/;

/** Kernels are told apart by name in the device's cache. */
let kernelsMade = 0;

/**
 * Compiles and runs a kernel of the reader's.
 * @param file its name in messages. @param text the WGSL.
 */
export async function checkKernel(
  device: Device,
  exercise: KernelExercise,
  file: string,
  text: string,
): Promise<CheckResult> {
  const tests: TestResult[] = [];
  const isShared = SHARED.test(withoutComments(text));
  const requires = exercise.requires ?? [];
  const total = exercise.sizes.length + 1 + Number(isShared) + Number(requires.length > 0);
  const attempt = async (name: string, body: () => Promise<void>): Promise<boolean> => {
    const failure = await failureOf(body);
    tests.push({ name, failure });
    return failure === null;
  };
  const kernel: Kernel = {
    name: `${file} #${++kernelsMade}`,
    file,
    includes: [],
    bindings: Object.values(exercise.bindings),
  };
  let goesOn = await attempt('it compiles', () => compile(device, kernel, exercise, text));
  if (goesOn && requires.length > 0)
    goesOn = await attempt('it is what the exercise is about', () => requireText(requires, text));
  for (const [i, size] of exercise.sizes.entries()) {
    if (!goesOn) break;
    goesOn = await attempt(exercise.describe(size), () =>
      checkCase(device, kernel, exercise, exercise.make(size, drawing(i + 1))),
    );
  }
  if (goesOn && isShared) goesOn = await attempt('threads wait for each other', () => requireBarrier(text));
  return { passed: goesOn, tests, notTried: total - tests.length };
}

/** Where a workgroup's threads run in lockstep the numbers are right without a barrier, and wrong elsewhere. */
function requireBarrier(text: string): Promise<void> {
  if (/\bworkgroupBarrier\b/.test(withoutComments(text))) return Promise.resolve();
  throw new ExerciseError(
    'threads share workgroup memory without a barrier: between the write of one and the read of another there must ' +
      'be a workgroupBarrier(); this machine runs them in lockstep, others do not',
  );
}

function requireText(requires: NonNullable<KernelExercise['requires']>, text: string): Promise<void> {
  const missing = requires.find(([pattern]) => !pattern.test(withoutComments(text)));
  if (missing !== undefined) throw new ExerciseError(missing[1]);
  return Promise.resolve();
}

const withoutComments = (text: string): string => text.replace(/\/\/.*/g, '');

/** Says what the compiler says before any kernel is recorded: a device that met an error takes no more work. */
async function compile(device: Device, kernel: Kernel, exercise: KernelExercise, text: string): Promise<void> {
  addShader(kernel.file, text);
  const code = shaderSource(kernel.file, [], {});
  const { gpu } = device;
  gpu.pushErrorScope('validation');
  const module = gpu.createShaderModule({ label: kernel.file, code });
  const { messages } = await module.getCompilationInfo();
  await gpu.popErrorScope();
  const errors = compilationMessages([kernel.file], code, messages);
  if (errors !== '') throw new ExerciseError(`it does not compile:\n${errors}`);
  try {
    await gpu.createComputePipelineAsync({
      layout: gpu.createPipelineLayout({ bindGroupLayouts: [bindGroupLayout(gpu, kernel.bindings)] }),
      compute: { module, entryPoint: 'main' },
    });
  } catch (error) {
    const bindings = Object.entries(exercise.bindings).map(([name, kind], i) => `${i} ${name} (${kind})`);
    throw new ExerciseError(
      `no pipeline can be made of it: ${(error instanceof Error ? error.message : String(error)).split('\n')[0]}`,
      `its entry point is main, and its bindings are ${bindings.join(', ')}`,
    );
  }
}

/** A tensor on the device with a tail that belongs to nobody. */
function guarded(device: Device, { data }: HostTensor, beyond: number, isWords: boolean): Tensor {
  const Numbers = isWords ? Uint32Array : Float32Array;
  const all = new Numbers(data.length + TAIL).fill(beyond);
  all.set(data);
  return tensor(device, all, isWords ? { dtype: 'u32' } : {});
}

async function checkCase(device: Device, kernel: Kernel, exercise: KernelExercise, made: KernelCase): Promise<void> {
  const first = await runOnce(device, kernel, exercise, made);
  const second = await runOnce(device, kernel, exercise, made);
  for (const [name, output] of Object.entries(made.outputs)) {
    checkOutput(name, output, first[name], exercise.tolerance);
    const other = first[name].findIndex((v, i) => !Object.is(v, second[name][i]));
    if (other >= 0)
      throw new ExerciseError(
        `${elementName(name, other, output.expected.shape)} is ${numberText(first[name][other])} in one run and ` +
          `${numberText(second[name][other])} in the next`,
        'threads race: one reads what another writes, without a barrier between them',
      );
  }
}

/** Runs the kernel on fresh memory; returns all of each output, tail included. */
async function runOnce(
  device: Device,
  kernel: Kernel,
  { bindings, words = [] }: KernelExercise,
  { inputs, outputs, params, constants, workgroups }: KernelCase,
): Promise<Readonly<Record<string, Float32Array>>> {
  const bound = new Map<string, Tensor>();
  for (const [name, kind] of Object.entries(bindings)) {
    if (kind === 'params') continue;
    const isWords = words.includes(name);
    const output = outputs[name];
    const given = output === undefined ? inputs[name] : (output.initial ?? marks(output.expected));
    const beyond = output === undefined ? (isWords ? FOREIGN_WORD : FOREIGN) : UNTOUCHED;
    bound.set(name, guarded(device, given, beyond, isWords));
  }
  device.dispatch(kernel, {
    buffers: [...bound.values()].map((t) => t.range),
    ...(params === undefined ? {} : { params }),
    ...(constants === undefined ? {} : { constants }),
    workgroups,
  });
  const read: Record<string, Float32Array> = {};
  for (const name of Object.keys(outputs)) read[name] = Float32Array.from(await (bound.get(name) as Tensor).read());
  for (const t of bound.values()) t.release();
  return read;
}

const marks = ({ shape, data }: HostTensor): HostTensor =>
  hostTensor(
    shape,
    data.map(() => UNTOUCHED),
  );

/** @throws ExerciseError: first what is written past the end, then the first wrong element. */
function checkOutput(
  name: string,
  { expected, mistakes, otherwise }: KernelOutput,
  got: Float32Array,
  tolerance = 1e-4,
): void {
  const size = expected.data.length;
  const shaped = (numbers: ArrayLike<number> | HostTensor): HostTensor =>
    'shape' in numbers ? numbers : hostTensor(expected.shape, numbers);
  compareNumbers(hostTensor(expected.shape, got.subarray(0, size)), expected, name, {
    tolerance,
    mistakes: Object.fromEntries(Object.entries(mistakes ?? {}).map(([says, n]) => [says, shaped(n)])),
    otherwise,
  });
  const beyond = got.subarray(size).findIndex((v) => v !== UNTOUCHED);
  if (beyond >= 0)
    throw new ExerciseError(
      `${name} has ${size} ${size === 1 ? 'element' : 'elements'}, and ${name}[${size + beyond}] is written, too`,
      'the last workgroup has more threads than elements are left: those past the end must do nothing (a guard)',
    );
}
