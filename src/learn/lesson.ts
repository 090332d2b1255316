/** What a lesson is: its lesson.json, and what its program is given. */
import type { Device } from '../device/device.js';
import type { Roofs } from '../measure/roofs.js';

/** An exercise of a lesson, as lesson.json describes it. */
export interface ExerciseNote {
  /** Its key in the lesson's check.mjs. */
  readonly name: string;
  /** The file that the reader writes; the same name in start/ and solution/. */
  readonly file: string;
  /** What is to be done, in a sentence. */
  readonly task: string;
  /** From a nudge to nearly the answer. */
  readonly hints: readonly string[];
  /** A part of what the check says to the file as it is handed out. */
  readonly atFirst: string;
}

/** A lesson, as its lesson.json describes it. */
export interface LessonNote {
  readonly title: string;
  /** What one can do after it, in a sentence. */
  readonly goal: string;
  readonly minutes: number;
  /** Numbers of lessons that come before: `["01"]`. */
  readonly needs: readonly string[];
  readonly exercises: readonly ExerciseNote[];
}

/** What `run` of a lesson's run.mjs is given. */
export interface LessonRun {
  /** The device of the reader's machine. */
  readonly device: Device;
  /** A line of words. */
  readonly print: (text: string) => void;
  /** A table; numbers are written as they come. */
  readonly table: (headers: readonly string[], rows: readonly (readonly (string | number)[])[]) => void;
  /** Draws a Vega-Lite chart into a PNG file of the reader's folder, and says where it is. */
  readonly chart: (spec: object, name: string) => Promise<void>;
  /** The text of a file of this lesson. */
  readonly text: (file: string) => string;
  /** The reader's own file for an exercise where it has passed its check, else the lesson's solution. */
  readonly solution: (exercise: string) => { readonly text: string; readonly isReaders: boolean };
  /** The same, as a module: what it exports. `lesson` is the number of an earlier lesson. */
  readonly module: (exercise: string, lesson?: string) => Promise<Readonly<Record<string, never>>>;
  /** What this adapter can do at most, measured once: copyGbs, and fmaGflops, of which a multiply-add counts as two. */
  readonly roofs: () => Promise<Roofs>;
  /** Whether only to see that it works: the smallest sizes, one measurement. */
  readonly quick: boolean;
}
