/**
 * `weftgrad/learn`: what the lessons in docs/lessons are written with. An exercise is declared by `kernelExercise` or
 * `programExercise`; a lesson's program measures with `runKernel` and `gpuMilliseconds`.
 */
export { compareNumbers, UNTOUCHED, type Expectation, type Numbers } from './compare_numbers.js';
export { drawing, type Draw } from './draw.js';
export {
  kernelExercise,
  programExercise,
  type CheckResult,
  type Exercise,
  type KernelCase,
  type KernelExercise,
  type KernelOutput,
  type ProgramExercise,
  type Solution,
  type TestResult,
  type Trial,
} from './exercise.js';
export { ExerciseError, type Failure } from './failure.js';
export type { LessonRun } from './lesson.js';
export { gpuMilliseconds, runKernel, type KernelRun } from './measure.js';
export { hostTensor, type HostTensor } from '../kernels/launch/host_tensor.js';
export { floatBits } from '../device/kernel.js';
