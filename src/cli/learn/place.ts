/** The reader's folder: files of the lessons begun, and how far the reader has come. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '#platform';
import { count, fields, record, text, type Check } from '../../device/files/json_checks.js';
import { say } from '../output.js';
import type { Lesson } from './course.js';

/** What has been done about one exercise. */
export interface ExerciseState {
  /** The digest of the file that passed; '' before. */
  readonly passed: string;
  readonly hints: number;
}

/** By lesson's name and exercise's name. */
export type Progress = Readonly<Record<string, Readonly<Record<string, ExerciseState>>>>;

const FILE = 'progress.json';
const NOTHING: ExerciseState = { passed: '', hints: 0 };
const isText: Check = (v) => v === '' || text(v);
const isProgress = record(record(fields({ passed: isText, hints: count })));

/** What has been done so far; nothing where there is no file. A damaged one is put aside, and that is said. */
export function readProgress(folder: string): Progress {
  const path = join(folder, FILE);
  if (!existsSync(path)) return {};
  try {
    const read: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isProgress(read)) return read as Progress;
  } catch {
    // said below
  }
  renameSync(path, `${path}.damaged`);
  say(
    `warning: ${path} could not be read and is ${FILE}.damaged now; progress starts anew (weft learn check finds it)`,
  );
  return {};
}

export function stateOf(progress: Progress, lesson: Lesson, exercise: string): ExerciseState {
  return progress[lesson.name]?.[exercise] ?? NOTHING;
}

/** Notes what has been done about an exercise. */
export function noteState(folder: string, lesson: Lesson, exercise: string, change: Partial<ExerciseState>): void {
  const progress = readProgress(folder);
  const state = { ...stateOf(progress, lesson, exercise), ...change };
  const next = { ...progress, [lesson.name]: { ...progress[lesson.name], [exercise]: state } };
  writeFileAtomic(join(folder, FILE), new TextEncoder().encode(`${JSON.stringify(next, null, 2)}\n`));
}

/** What tells a file that passed from one that was changed since. */
export function digestOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The reader's file of an exercise. */
export function readersFile(folder: string, lesson: Lesson, file: string): string {
  return join(folder, lesson.name, file);
}
