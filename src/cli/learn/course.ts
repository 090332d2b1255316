/** The lessons that come with Weft: docs/lessons, in the order of their numbers. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UsageError } from '../../device/errors.js';
import type { Exercise } from '../../learn/exercise.js';
import type { ExerciseNote, LessonNote } from '../../learn/lesson.js';
import { suggest } from '../hints.js';

// Compiled to dist/src/cli/learn/course.js: the package's root is four folders up.
const LESSONS = fileURLToPath(new URL('../../../../docs/lessons/', import.meta.url));

/** A lesson and where it is. */
export interface Lesson extends LessonNote {
  /** `05` */
  readonly number: string;
  /** `05-matmul`: its folder's name, here and in the reader's folder. */
  readonly name: string;
  /** Its folder. */
  readonly path: string;
}

/** All lessons. */
export function lessons(): Lesson[] {
  return readdirSync(LESSONS)
    .filter((name) => /^\d\d-/.test(name) && existsSync(join(LESSONS, name, 'lesson.json')))
    .sort()
    .map((name) => {
      const path = join(LESSONS, name);
      const note = JSON.parse(readFileSync(join(path, 'lesson.json'), 'utf8')) as LessonNote;
      return { ...note, number: name.slice(0, 2), name, path };
    });
}

/** By number (`5`, `05`), name (`matmul`) or both. @throws UsageError */
export function findLesson(word: string): Lesson {
  const all = lessons();
  const found = all.find(
    ({ number, name }) =>
      name === word || name.slice(3) === word || (/^\d+$/.test(word) && Number(word) === Number(number)),
  );
  if (found !== undefined) return found;
  const near = suggest(
    word.toLowerCase(),
    all.map(({ name }) => name.slice(3)),
  );
  throw new UsageError(`there is no lesson "${word}"`, {
    fix: near === undefined ? 'weft learn list shows them' : `did you mean ${near}?`,
  });
}

/** @throws UsageError */
export function findExercise({ exercises, number }: Lesson, word: string): ExerciseNote {
  const found = exercises.find(({ name, file }) => name === word || file === word);
  if (found !== undefined) return found;
  const names = exercises.map(({ name }) => name);
  throw new UsageError(`lesson ${number} has no exercise "${word}"`, { fix: `it has ${names.join(', ')}` });
}

/** How the exercises of a lesson are checked. */
export async function exercisesOf({ path }: Lesson): Promise<Readonly<Record<string, Exercise>>> {
  const module = (await import(pathToFileURL(join(path, 'check.mjs')).href)) as {
    readonly exercises: Readonly<Record<string, Exercise>>;
  };
  return module.exercises;
}
