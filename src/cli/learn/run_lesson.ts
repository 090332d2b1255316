/** Running the program of a lesson: what its run.mjs is given. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeDirectory, writeFileAtomic } from '#platform';
import type { TopLevelSpec } from 'vega-lite';
import type { Device } from '../../device/device.js';
import { UsageError } from '../../device/errors.js';
import type { ExerciseNote, LessonRun } from '../../learn/lesson.js';
import { measureRoofs, type Roofs } from '../../measure/roofs.js';
import { renderPng } from '../../report/render.js';
import { textTable } from '../../report/table.js';
import { print, say } from '../output.js';
import { loadModule } from './check.js';
import { findExercise, findLesson, type Lesson } from './course.js';
import { digestOf, readersFile, readProgress, stateOf } from './place.js';

/** Where a file of an exercise is: the reader's own where it has passed, else the solution. */
function solvedFile(
  folder: string,
  lesson: Lesson,
  { name, file }: ExerciseNote,
): { path: string; isReaders: boolean } {
  const own = readersFile(folder, lesson, file);
  const { passed } = stateOf(readProgress(folder), lesson, name);
  const isReaders = passed !== '' && existsSync(own) && digestOf(readFileSync(own, 'utf8')) === passed;
  return { path: isReaders ? own : join(lesson.path, 'solution', file), isReaders };
}

/** @param folder the reader's, where charts go. */
export async function runLesson(lesson: Lesson, device: Device, folder: string, quick: boolean): Promise<void> {
  const path = join(lesson.path, 'run.mjs');
  const program = (await import(pathToFileURL(path).href)) as { readonly run: (lesson: LessonRun) => Promise<void> };
  let roofs: Promise<Roofs> | null = null;
  await program.run({
    device,
    quick,
    print,
    table: (headers, rows) => {
      const isNumber = headers.map((_, c) =>
        rows.every((row) => typeof row[c] === 'number' || /^[-\d]/.test(String(row[c]))),
      );
      print(
        textTable(
          headers,
          rows.map((row) => row.map(String)),
          isNumber.map((right) => (right ? 'right' : 'left')),
        ),
      );
    },
    chart: async (spec, name) => {
      const out = join(folder, lesson.name);
      await makeDirectory(out);
      const file = join(out, `${name}.png`);
      writeFileAtomic(file, await renderPng(spec as TopLevelSpec));
      say(`${file} is drawn`);
    },
    text: (file) => readFileSync(join(lesson.path, file), 'utf8'),
    solution: (name) => {
      const { path, isReaders } = solvedFile(folder, lesson, findExercise(lesson, name));
      return { text: readFileSync(path, 'utf8'), isReaders };
    },
    module: async (name, number) => {
      const of = number === undefined ? lesson : findLesson(number);
      const { path } = solvedFile(folder, of, findExercise(of, name));
      const loaded = await loadModule(path, readFileSync(path, 'utf8'));
      if ('failure' in loaded) throw new UsageError(`${path}: ${loaded.failure.message}`);
      return loaded.module as Readonly<Record<string, never>>;
    },
    roofs: () => (roofs ??= measureRoofs(device, { seconds: quick ? 0 : 0.3 })),
  });
}
