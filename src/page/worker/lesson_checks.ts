/** What checks the kernels of the lessons: put in by the bundler. */
import { UsageError } from '../../device/errors.js';
import type { Exercise, KernelExercise } from '../../learn/exercise.js';

const CHECKS = import.meta.glob<Readonly<Record<string, Exercise>>>('../../../docs/lessons/*/check.mjs', {
  eager: true,
  import: 'exercises',
});

/** @param key the lesson's folder and the exercise's name, `03-kernel/add`. @throws UsageError when there is none. */
export function exerciseOf(key: string): KernelExercise {
  const [folder, name] = key.split('/');
  const exercise = CHECKS[`../../../docs/lessons/${folder}/check.mjs`]?.[name];
  if (exercise?.kind !== 'kernel') throw new UsageError(`there is no kernel ${key} to check`);
  return exercise;
}
