/** `weft learn`: list, start, check, hint, solution and run. */
import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory, writeFileAtomic } from '#platform';
import { Device } from '../../device/device.js';
import { CheckError, UsageError } from '../../device/errors.js';
import type { ExerciseNote } from '../../learn/lesson.js';
import { textTable } from '../../report/table.js';
import { openDevice, withDevice } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import { checkExercise, checkLines } from '../learn/check.js';
import { findExercise, findLesson, lessons, type Lesson } from '../learn/course.js';
import { digestOf, noteState, readersFile, readProgress, stateOf, type Progress } from '../learn/place.js';
import { runLesson } from '../learn/run_lesson.js';
import { LIST_OPTIONS } from '../options/learn_options.js';
import { resolveOptions } from '../options/options.js';
import { print, printJson, say } from '../output.js';
import { ownFolder } from '../own_folder.js';

/** A link to another lesson's page, which is not beside the reader's copy of this one. */
const OTHER_LESSON = /\[([^\]]+)\]\(\.\.\/(\d\d)-[\w-]+\/README\.md\)/g;

const folderOf = (argv: Parsed): string => String(resolveOptions({ folder: LIST_OPTIONS.folder }, argv)['folder']);
const lessonOf = (argv: Parsed): Lesson => findLesson(String(argv['lesson']));

const isBegun = (folder: string, lesson: Lesson): boolean => existsSync(join(folder, lesson.name));

/** Whether the file that passed is the one that is there. */
function isSolved(folder: string, progress: Progress, lesson: Lesson, { name, file }: ExerciseNote): boolean {
  const { passed } = stateOf(progress, lesson, name);
  const path = readersFile(folder, lesson, file);
  return passed !== '' && existsSync(path) && digestOf(readFileSync(path, 'utf8')) === passed;
}

export async function list(argv: Parsed): Promise<void> {
  const folder = folderOf(argv);
  const progress = readProgress(folder);
  const rows = lessons().map((lesson) => ({
    ...lesson,
    begun: isBegun(folder, lesson),
    solved: lesson.exercises.filter((e) => isSolved(folder, progress, lesson, e)).map((e) => e.name),
  }));
  if (argv['json'] === true)
    printJson({
      lessons: rows.map(({ number, name, title, goal, minutes, needs, exercises, begun, solved }) => ({
        number,
        name,
        title,
        goal,
        minutes,
        needs,
        begun,
        exercises: exercises.map((e) => ({
          name: e.name,
          file: e.file,
          task: e.task,
          solved: solved.includes(e.name),
        })),
      })),
    });
  print(
    textTable(
      ['', 'minutes', 'solved', 'needs', 'lesson'],
      rows.map(({ number, title, minutes, needs, exercises, begun, solved }) => [
        solved.length === exercises.length ? '✓' : begun ? '›' : '',
        String(minutes),
        `${solved.length} of ${exercises.length}`,
        needs.join(', '),
        `${number} ${title}`,
      ]),
      ['left', 'right'],
    ),
  );
  const next = rows.find(({ exercises, solved }) => solved.length < exercises.length);
  if (next !== undefined)
    print(`\nnext: weft learn ${next.begun ? `check ${next.number}` : `start ${next.number}`} (${next.goal})`);
}

export async function start(argv: Parsed): Promise<void> {
  const folder = folderOf(argv);
  const lesson = lessonOf(argv);
  await ownFolder(folder, async () => {
    const target = join(folder, lesson.name);
    await makeDirectory(target);
    for (const { file } of lesson.exercises) {
      const to = join(target, file);
      if (existsSync(to) && argv['again'] !== true) {
        say(`${to} is there already and stays (--again hands it out anew)`);
        continue;
      }
      if (existsSync(to)) renameSync(to, `${to}.old`);
      copyFileSync(join(lesson.path, 'start', file), to);
    }
    for (const file of readdirSync(lesson.path).filter((name) => name.endsWith('.svg')))
      copyFileSync(join(lesson.path, file), join(target, file));
    const page = readFileSync(join(lesson.path, 'README.md'), 'utf8').replace(OTHER_LESSON, '$1: weft learn start $2');
    writeFileAtomic(join(target, 'README.md'), new TextEncoder().encode(page));
    const ladder = join(lesson.path, 'ladder'); // kernels to read
    if (existsSync(ladder)) cpSync(ladder, join(target, 'ladder'), { recursive: true });
    print(`lesson ${lesson.number}, ${lesson.title}: about ${lesson.minutes} minutes\n`);
    print(`read ${join(target, 'README.md')}, then complete`);
    for (const { file, task } of lesson.exercises) print(`  ${join(target, file)}\n      ${task}`);
    print(`\nweft learn check ${lesson.number} tells whether it is right, weft learn hint ${lesson.number} helps`);
  });
}

/** The lessons to check and, where one is named, the exercise. @throws UsageError for one that was not begun. */
function chosen(argv: Parsed, folder: string): (readonly [Lesson, readonly ExerciseNote[]])[] {
  if (argv['lesson'] === undefined) {
    const begun = lessons().filter((lesson) => isBegun(folder, lesson));
    if (begun.length === 0)
      throw new UsageError(`no lesson is begun in ${folder}`, { fix: 'weft learn start 1 begins the first' });
    return begun.map((lesson) => [lesson, lesson.exercises]);
  }
  const lesson = lessonOf(argv);
  if (!isBegun(folder, lesson))
    throw new UsageError(`lesson ${lesson.number} is not begun in ${folder}`, {
      fix: `weft learn start ${lesson.number}`,
    });
  const named = argv['exercise'];
  return [[lesson, named === undefined ? lesson.exercises : [findExercise(lesson, String(named))]]];
}

export async function check(argv: Parsed): Promise<void> {
  const folder = folderOf(argv);
  const asked = chosen(argv, folder);
  let device: Promise<Device> | null = null;
  const results: object[] = [];
  let [failed, total] = [0, 0];
  await ownFolder(folder, async () => {
    try {
      for (const [lesson, exercises] of asked) {
        print(`${lesson.number} ${lesson.title}`);
        for (const exercise of exercises) {
          const path = readersFile(folder, lesson, exercise.file);
          if (!existsSync(path))
            throw new UsageError(`${path} is missing`, { fix: `weft learn start ${lesson.number} hands it out` });
          const result = await checkExercise(lesson, exercise, path, () => (device ??= openDevice(argv)));
          print(checkLines(exercise, result).join('\n'));
          results.push({ lesson: lesson.name, exercise: exercise.name, ...result });
          total++;
          if (!result.passed) failed++;
          const passed = result.passed ? digestOf(readFileSync(path, 'utf8')) : '';
          noteState(folder, lesson, exercise.name, { passed });
        }
      }
    } finally {
      ((await device) as Device | null)?.destroy();
    }
  });
  if (argv['json'] === true) printJson({ total, failed, results });
  if (failed > 0)
    throw new CheckError(`${failed} of ${total} ${total === 1 ? 'exercise is' : 'exercises are'} not solved yet`, {
      fix: 'weft learn hint LESSON EXERCISE gives a hint, weft learn solution the answer',
    });
}

export async function hint(argv: Parsed): Promise<void> {
  const folder = folderOf(argv);
  const lesson = lessonOf(argv);
  const named = argv['exercise'];
  const progress = readProgress(folder);
  const exercise =
    named === undefined
      ? (lesson.exercises.find((e) => !isSolved(folder, progress, lesson, e)) ?? lesson.exercises[0])
      : findExercise(lesson, String(named));
  const given = Math.min(stateOf(progress, lesson, exercise.name).hints, exercise.hints.length - 1);
  await ownFolder(folder, async () => noteState(folder, lesson, exercise.name, { hints: given + 1 }));
  print(`${exercise.name}, hint ${given + 1} of ${exercise.hints.length}: ${exercise.hints[given]}`);
  if (given + 1 === exercise.hints.length)
    print(`that was the last one; weft learn solution ${lesson.number} ${exercise.name} shows the answer`);
}

export async function solution(argv: Parsed): Promise<void> {
  const lesson = lessonOf(argv);
  const named = argv['exercise'];
  for (const { file } of named === undefined ? lesson.exercises : [findExercise(lesson, String(named))]) {
    if (named === undefined) say(`--- ${file}`);
    print(readFileSync(join(lesson.path, 'solution', file), 'utf8').trimEnd());
  }
}

export async function run(argv: Parsed): Promise<void> {
  const folder = folderOf(argv);
  const lesson = lessonOf(argv);
  await withDevice(argv, (device) => runLesson(lesson, device, folder, argv['quick'] === true));
}
