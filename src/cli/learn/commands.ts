/** `weft learn`: the course. */
import type { CommandGroup } from '../declare/declared.js';
import {
  CHECK_LESSON_OPTIONS,
  HINT_OPTIONS,
  LIST_OPTIONS,
  RUN_LESSON_OPTIONS,
  START_OPTIONS,
} from '../options/learn_options.js';

const LESSON = 'its number or name: 5, 05, matmul';
const EXERCISE = 'its name; without it all of the lesson';

export const learn: CommandGroup = {
  name: 'learn',
  describe: 'the course: how a tensor engine works, in lessons with exercises that are checked',
  otherwise: 'list',
  commands: [
    {
      form: 'list',
      describe: 'the lessons, and how far you are',
      options: LIST_OPTIONS,
      examples: [['learn list', 'what there is; docs/lessons has the pages']],
      run: async (argv) => (await import('../commands/learn.js')).list(argv),
    },
    {
      form: 'start <lesson>',
      describe: 'copy a lesson’s exercises into your folder',
      positionals: { lesson: LESSON },
      options: START_OPTIONS,
      examples: [['learn start 1', 'weft-learn/01-scalar has the page and the files to complete']],
      run: async (argv) => (await import('../commands/learn.js')).start(argv),
    },
    {
      form: 'check [lesson] [exercise]',
      describe: 'check what you wrote; without a lesson, all that you have begun',
      positionals: { lesson: LESSON, exercise: EXERCISE },
      options: CHECK_LESSON_OPTIONS,
      examples: [['learn check 3 add', 'says which element is wrong, and what kind of mistake makes that']],
      run: async (argv) => (await import('../commands/learn.js')).check(argv),
    },
    {
      form: 'hint <lesson> [exercise]',
      describe: 'the next hint; they go from a nudge to nearly the answer',
      positionals: { lesson: LESSON, exercise: 'its name; without it the first that is not solved' },
      options: HINT_OPTIONS,
      examples: [['learn hint 3 add', 'ask again for more']],
      run: async (argv) => (await import('../commands/learn.js')).hint(argv),
    },
    {
      form: 'solution <lesson> [exercise]',
      describe: 'print a solution',
      positionals: { lesson: LESSON, exercise: EXERCISE },
      options: {},
      examples: [['learn solution 3 add > theirs.wgsl', 'to compare with yours']],
      run: async (argv) => (await import('../commands/learn.js')).solution(argv),
    },
    {
      form: 'run <lesson>',
      describe:
        'run a lesson’s program: what it shows and measures on this machine, with your solutions where they pass',
      positionals: { lesson: LESSON },
      options: RUN_LESSON_OPTIONS,
      examples: [['learn run 5', 'the ladder of matrix products, timed here, with the roofline as a picture']],
      run: async (argv) => (await import('../commands/learn.js')).run(argv),
    },
  ],
};
