/** The tab Learn, its first part: kernels to write. */
import { FIGURES } from './figures.js';

export const LAB = {
  loading: 'Loading …',
  needs: 'Running kernels needs WebGPU, which this browser does not offer.',
  heading: 'Write a kernel',
  exercise: 'Exercise',
  progress: (solved: number, of: number) => `${solved} of ${of} solved`,
  /** Number and title of the lesson, and what is to be done. */
  about: (lesson: string, task: string) => `Lesson ${lesson}: ${task}.`,
  editor: (file: string) => `${file}: Control-Enter runs it, Tab leaves the editor`,
  run: 'Run',
  stop: 'Stop it',
  hint: 'Hint',
  hintNumber: (n: number, of: number) => `Hint ${n} of ${of}`,
  noMoreHints: 'No more hints',
  showSolution: 'Show the solution',
  hideSolution: 'Hide the solution',
  again: 'Start again',
  keys:
    'Ctrl-Enter runs. Tab leaves the editor; Ctrl-] and Ctrl-[ indent, Ctrl-Z undoes. ' +
    'Your text stays in this browser.',
  tests: 'What the check says',
  hints: 'Hints',
  solution: 'The solution',
  take: 'Put it into the editor',
  running: 'Running …',
  still: 'Still running: is there a loop that hardly ends?',
  stopped: 'It was stopped.',
  passed: 'passed',
  failed: 'failed',
  notTried: (tests: number) => `${tests} more not tried`,
  notYet: 'Not yet.',
  solved: 'Solved: it is right at every size.',
  timing: 'Solved: it is right at every size. Timing it …',
  takes: (milliseconds: number) => `Solved: it is right at every size, and takes ${FIGURES.duration(milliseconds)}.`,
  timed: (size: string) => `One run, ${size}, on this machine, and how many times yours:`,
  yours: 'your kernel',
  theirs: 'the solution',
  ofWeft: (name: string) => `Weft’s ${name}`,
  times: (ratio: number) => `${FIGURES.fixed(ratio, 2)} ×`,
};
