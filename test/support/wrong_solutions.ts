/** Plausible wrong solutions of a lesson: its solutions with something changed, as its wrong.json says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lesson } from '../../src/cli/learn/course.js';
import type { ExerciseNote } from '../../src/learn/lesson.js';

export interface WrongSolution {
  readonly name: string;
  /** What the check must say. */
  readonly says: string;
  readonly text: string;
}

/** By exercise, then by name: what is to be said, and pairs of what the solution has and what stands there instead. */
type WrongNotes = Readonly<
  Record<string, Readonly<Record<string, { readonly says: string; readonly edits: readonly (readonly string[])[] }>>>
>;

export function wrongNotes({ path }: Pick<Lesson, 'path'>): WrongNotes {
  return JSON.parse(readFileSync(join(path, 'wrong.json'), 'utf8')) as WrongNotes;
}

/** @throws Error when what is to be changed does not stand in the solution exactly once. */
export function wrongSolutions(
  lesson: Pick<Lesson, 'path'>,
  { name: exercise, file }: Pick<ExerciseNote, 'name' | 'file'>,
): WrongSolution[] {
  const solution = readFileSync(join(lesson.path, 'solution', file), 'utf8');
  return Object.entries(wrongNotes(lesson)[exercise] ?? {}).map(([name, { says, edits }]) => {
    let text = solution;
    for (const [from, to] of edits) {
      if (text.split(from).length !== 2) throw new Error(`${exercise}.${name}: not once in the solution: ${from}`);
      text = text.replace(from, () => to);
    }
    return { name, says, text };
  });
}
