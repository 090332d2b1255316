/** The kernels to write: those of all lessons, put in by the bundler. */
import type { ExerciseNote, LessonNote } from '../../learn/lesson.js';

/** One kernel of a lesson; worker/lesson_checks.ts has what checks it. */
export interface KernelTask {
  /** `03-kernel/add`: under it the reader's text is kept. */
  readonly key: string;
  /** `03 A first kernel`. */
  readonly lesson: string;
  readonly note: ExerciseNote;
  /** The text as it is handed out. */
  readonly start: string;
  readonly solution: string;
}

const NOTES = import.meta.glob<LessonNote>('../../../docs/lessons/*/lesson.json', { eager: true, import: 'default' });
const TEXTS = import.meta.glob<string>('../../../docs/lessons/*/{start,solution}/*.wgsl', {
  eager: true,
  import: 'default',
  query: '?raw',
});

/** All kernels, in the order of the lessons. */
export function kernelTasks(): KernelTask[] {
  return Object.keys(NOTES)
    .sort()
    .flatMap((path) => {
      const folder = path.replace(/\/lesson\.json$/, '');
      const name = folder.split('/').at(-1) ?? '';
      const { title, exercises } = NOTES[path];
      return exercises.flatMap((note) => {
        const start: string | undefined = TEXTS[`${folder}/start/${note.file}`];
        if (start === undefined) return []; // a program
        return {
          key: `${name}/${note.name}`,
          lesson: `${name.split('-')[0]} ${title}`,
          note,
          start,
          solution: TEXTS[`${folder}/solution/${note.file}`],
        };
      });
    });
}
