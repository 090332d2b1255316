/** Checking what the reader wrote, and saying how it went. */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Device } from '../../device/device.js';
import { UsageError } from '../../device/errors.js';
import { checkKernel } from '../../learn/check_kernel.js';
import { checkProgram } from '../../learn/check_program.js';
import type { CheckResult, Solution } from '../../learn/exercise.js';
import type { ExerciseNote } from '../../learn/lesson.js';
import { exercisesOf, type Lesson } from './course.js';
import { resolveWeftgrad } from '../own/resolve_weftgrad.js';
import { digestOf } from './place.js';

/** Checks one exercise. @param path the file to check. @param open opens the device, if it is needed. */
export async function checkExercise(
  lesson: Lesson,
  { name, file }: ExerciseNote,
  path: string,
  open: () => Promise<Device>,
): Promise<CheckResult> {
  const exercise = (await exercisesOf(lesson))[name];
  if (exercise === undefined) throw new UsageError(`${lesson.name}/check.mjs has no exercise ${name}`);
  const text = readFileSync(path, 'utf8');
  if (exercise.kind === 'kernel') return checkKernel(await open(), exercise, file, text);
  const loaded = await loadModule(path, text);
  if ('failure' in loaded)
    return { passed: false, tests: [{ name: 'it loads', failure: loaded.failure }], notTried: 0 };
  return checkProgram(open, exercise, file, loaded.module);
}

/** What a file exports as it is now: Node keeps modules by address, so the address names the content. */
export async function loadModule(
  path: string,
  text: string,
): Promise<{ readonly module: Solution } | { readonly failure: { message: string; mistake: undefined } }> {
  resolveWeftgrad();
  try {
    return { module: (await import(`${pathToFileURL(path).href}?content=${digestOf(text)}`)) as Solution };
  } catch (error) {
    const place = /^.*?:\d+$/m
      .exec(error instanceof Error ? (error.stack ?? '') : '')?.[0]
      .split('/')
      .at(-1);
    const where = place === undefined ? '' : ` (${place.replace(/\?content=\w+/, '')})`;
    return { failure: { message: `it cannot be loaded: ${String(error)}${where}`, mistake: undefined } };
  }
}

/** How an exercise went, in lines. */
export function checkLines({ name, file }: ExerciseNote, { passed, tests, notTried }: CheckResult): string[] {
  const lines = [`  ${passed ? '✓' : '✗'} ${name} (${file})${passed ? `: ${tests.length} tests passed` : ''}`];
  if (passed) return lines;
  for (const test of tests) {
    lines.push(`      ${test.failure === null ? '✓' : '✗'} ${test.name}`);
    if (test.failure === null) continue;
    lines.push(...test.failure.message.split('\n').map((line) => `          ${line}`));
    if (test.failure.mistake !== undefined) lines.push(`          It looks like this: ${test.failure.mistake}`);
  }
  if (notTried > 0) lines.push(`      (${notTried} more ${notTried === 1 ? 'test' : 'tests'} not tried)`);
  return lines;
}
