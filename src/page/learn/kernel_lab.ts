/** The first part of the tab: choose a kernel to write, write it, and see at once what the check says. */
import type { CheckResult } from '../../learn/exercise.js';
import type { TimedKernels } from '../../learn/time_kernel.js';
import { byId, inWords, make, SaidError } from '../dom.js';
import { Engine } from '../engine.js';
import { CodeEditor, type Mark } from './editor.js';
import { keepWork, keptWork } from './kept_texts.js';
import { kernelTasks, type KernelTask } from './lessons.js';
import { label, say, show, type Saying } from '../words/words.js';

/** How the two kernels are called in the worker's answer. */
const YOURS = 'yours';
const SOLUTION = 'solution';

/** Milliseconds that a kernel may take before its reader is told what may be wrong, and may end it. */
const PATIENCE = 10_000;

/** `add.wgsl:12:5 error: unresolved value 'x'` and, below it, the line. */
const COMPLAINT = /^(\S+):(\d+):(\d+) error: (.*)$/;

/** Where the compiler complains, out of what the check says. */
export function marksIn(message: string): Mark[] {
  return message.split('\n').flatMap((line) => {
    const found = COMPLAINT.exec(line);
    return found === null ? [] : [{ line: Number(found[2]), column: Number(found[3]), message: found[4] }];
  });
}

export class KernelLab {
  readonly #choice = byId('kernel-task', HTMLSelectElement);
  readonly #hint = byId('kernel-hint', HTMLButtonElement);
  readonly #solve = byId('kernel-solve', HTMLButtonElement);
  readonly #verdict = byId('verdict', HTMLElement);
  readonly #tests = byId('tests', HTMLElement);
  readonly #editor: CodeEditor;
  readonly #tasks = kernelTasks();
  #task: KernelTask;
  readonly #stop = byId('kernel-stop', HTMLButtonElement);
  /** A kernel of a reader's may never end: so it has a worker of its own, which can be ended. */
  #engine: Engine | null = null;
  #isRunning = false;
  #isWanted = false;

  constructor() {
    this.#editor = new CodeEditor(
      byId('editor', HTMLElement),
      (text) => keepWork(this.#task.key, { text }),
      () => void this.#check(),
    );
    this.#task = this.#tasks.find((task) => !this.#isSolved(task)) ?? this.#tasks[0];
    this.#choice.addEventListener('change', () => this.#open(this.#tasks[this.#choice.selectedIndex]));
    byId('kernel-run', HTMLButtonElement).addEventListener('click', () => void this.#check());
    this.#stop.addEventListener('click', () => {
      this.#engine?.end(new SaidError(({ lab }) => lab.stopped));
      this.#engine = null;
    });
    this.#hint.addEventListener('click', () => this.#giveHint());
    this.#solve.addEventListener('click', () => this.#toggleSolution());
    byId('kernel-take', HTMLButtonElement).addEventListener('click', () => this.#editor.replace(this.#task.solution));
    byId('kernel-again', HTMLButtonElement).addEventListener('click', () => this.#editor.replace(this.#task.start));
    this.#listTasks();
    this.#open(this.#task);
  }

  #isSolved({ key }: KernelTask): boolean {
    return keptWork(key).passed !== null;
  }

  #listTasks(): void {
    const groups = new Map<string, HTMLElement[]>();
    for (const task of this.#tasks) {
      const option = make('option', `${this.#isSolved(task) ? '✓ ' : ''}${task.note.name}`);
      if (option instanceof HTMLOptionElement) option.selected = task === this.#task;
      groups.set(task.lesson, [...(groups.get(task.lesson) ?? []), option]);
    }
    this.#choice.replaceChildren(
      ...[...groups].map(([lesson, options]) => {
        const group = make('optgroup');
        group.setAttribute('label', lesson);
        group.append(...options);
        return group;
      }),
    );
    const solved = this.#tasks.filter((task) => this.#isSolved(task)).length;
    say(byId('kernel-progress', HTMLElement), ({ lab }) => lab.progress(solved, this.#tasks.length));
  }

  #open(task: KernelTask): void {
    this.#task = task;
    const { lesson, note, start, key, solution } = task;
    say(byId('kernel-about', HTMLElement), ({ lab }) => lab.about(lesson, note.task));
    show(byId('solution-text', HTMLElement), solution);
    byId('solution', HTMLElement).hidden = true;
    say(this.#solve, ({ lab }) => lab.showSolution);
    this.#editor.open(keptWork(key).text ?? start, ({ lab }) => lab.editor(note.file));
    this.#say(() => '', []);
    this.#showHints();
  }

  #showHints(): void {
    const { key, note } = this.#task;
    const given = Math.min(keptWork(key).hints, note.hints.length);
    byId('hints', HTMLElement).replaceChildren(...note.hints.slice(0, given).map((text) => make('li', text)));
    say(this.#hint, ({ lab }) =>
      given < note.hints.length ? lab.hintNumber(given + 1, note.hints.length) : lab.noMoreHints,
    );
    this.#hint.setAttribute('aria-disabled', String(given >= note.hints.length)); // disabled it would lose the focus
  }

  #giveHint(): void {
    const { key, note } = this.#task;
    keepWork(key, { hints: Math.min(keptWork(key).hints + 1, note.hints.length) });
    this.#showHints();
  }

  #toggleSolution(): void {
    const box = byId('solution', HTMLElement);
    box.hidden = !box.hidden;
    const { hidden } = box;
    say(this.#solve, ({ lab }) => (hidden ? lab.showSolution : lab.hideSolution));
  }

  /** Says how it went in a sentence, and test by test. */
  #say(verdict: Saying, tests: readonly HTMLElement[]): void {
    say(this.#verdict, verdict);
    this.#tests.replaceChildren(...tests);
    byId('timing', HTMLElement).hidden = true;
  }

  /** What is asked for while a kernel runs comes after it. */
  async #check(): Promise<void> {
    this.#isWanted = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#isWanted) {
      this.#isWanted = false;
      await this.#checkOnce();
    }
    this.#isRunning = false;
  }

  async #checkOnce(): Promise<void> {
    const task = this.#task;
    const { text } = this.#editor;
    this.#say(({ lab }) => lab.running, []);
    this.#editor.mark([]);
    const patience = setTimeout(() => {
      say(this.#verdict, ({ lab }) => lab.still);
      this.#stop.hidden = false;
    }, PATIENCE);
    try {
      this.#engine ??= new Engine();
      const result = await this.#engine.ask('lab', 'check', [task.key, task.note.file, text]);
      if (task !== this.#task) return; // another one was opened meanwhile
      this.#show(result);
      clearTimeout(patience);
      if (result.passed) await this.#solved(task, text);
    } catch (error) {
      this.#say(inWords(error), []);
    } finally {
      clearTimeout(patience);
      this.#stop.hidden = true;
    }
  }

  #show({ passed, tests, notTried }: CheckResult): void {
    const failure = tests.at(-1)?.failure ?? null;
    const items = tests.map((test) => {
      const item = make('li', '', test.failure === null ? 'passed' : 'failed');
      const passed = test.failure === null;
      const mark = make('span', passed ? '✓' : '✗', 'mark');
      mark.setAttribute('role', 'img');
      label(mark, 'aria-label', ({ lab }) => (passed ? lab.passed : lab.failed));
      item.append(mark, make('span', test.name));
      if (test.failure !== null) {
        item.append(make('p', test.failure.message, 'message'));
        if (test.failure.mistake !== undefined) item.append(make('p', test.failure.mistake, 'mistake'));
      }
      return item;
    });
    if (notTried > 0) items.push(make('li', ({ lab }) => lab.notTried(notTried), 'small'));
    this.#say(({ lab }) => (passed ? lab.solved : lab.notYet), items);
    const marks = failure === null ? [] : marksIn(failure.message);
    this.#editor.mark(marks);
    if (marks.length > 0) this.#editor.goTo(marks[0].line);
  }

  async #solved(task: KernelTask, text: string): Promise<void> {
    keepWork(task.key, { passed: text });
    this.#listTasks();
    say(this.#verdict, ({ lab }) => lab.timing);
    const times = await this.#engine?.ask('lab', 'time', [task.key, { [YOURS]: text, [SOLUTION]: task.solution }]);
    if (task === this.#task && times !== null && times !== undefined) this.#showTimes(times);
  }

  #showTimes({ size, times }: TimedKernels): void {
    const [yours] = times;
    const others = times.map(({ name, milliseconds }) => {
      const row = make('tr');
      const title = make('th', ({ lab }) =>
        name === YOURS ? lab.yours : name === SOLUTION ? lab.theirs : lab.ofWeft(name),
      );
      title.setAttribute('scope', 'row');
      const ratio = milliseconds / yours.milliseconds;
      row.append(
        title,
        make('td', ({ figures }) => figures.duration(milliseconds)),
        make('td', name === YOURS ? '' : ({ lab }) => lab.times(ratio)),
      );
      return row;
    });
    byId('times', HTMLTableElement).replaceChildren(...others);
    say(byId('timed', HTMLElement), ({ lab }) => lab.timed(size));
    byId('timing', HTMLElement).hidden = false;
    say(this.#verdict, ({ lab }) => lab.takes(yours.milliseconds));
  }
}
