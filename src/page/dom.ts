/**
 * The little that the page needs to build with: elements by name, lists of bars, problems in words. Text is only ever
 * set as text.
 */
import { WeftError } from '../device/errors.js';
import { errorIn } from './words/errors.js';
import { say, show, words, type Saying } from './words/words.js';

/** The element of the page with this id, which must be of this kind. */
export function byId<E extends HTMLElement>(id: string, kind: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return found;
}

/** Files that a button asks for, by an input that is out of sight. @param take is given them, at least one. */
export function whenChosen(button: string, input: string, take: (files: readonly File[]) => void): void {
  const chooser = byId(input, HTMLInputElement);
  byId(button, HTMLButtonElement).addEventListener('click', () => chooser.click());
  chooser.addEventListener('change', () => {
    const files = [...(chooser.files ?? [])];
    chooser.value = ''; // so that the same can be chosen again
    if (files.length > 0) take(files);
  });
}

/** @param text to be said in the visitor's language, or what is no language's: a name, a number. */
export function make(tag: string, text: Saying | string = '', className = ''): HTMLElement {
  const made = document.createElement(tag);
  if (typeof text === 'string') show(made, text);
  else say(made, text);
  if (className !== '') made.className = className;
  return made;
}

/** 0.98765 as 98.8 %, in the visitor's language. */
export function percent(share: number): string {
  return words().figures.percent(share);
}

/** Fills a list with names, shares and bars. */
export function showBars(
  list: HTMLElement,
  rows: readonly { readonly class: Saying | string; readonly probability: number }[],
): void {
  list.replaceChildren(
    ...rows.map((row) => {
      const item = document.createElement('li');
      const bar = make('span', '', 'bar');
      bar.style.setProperty('--share', String(row.probability));
      item.dataset['probability'] = String(row.probability);
      item.append(
        make('span', row.class, 'name'),
        make('span', () => percent(row.probability), 'share'),
        bar,
      );
      return item;
    }),
  );
}

/** What goes wrong on the page itself, said in the visitor's language. */
export class SaidError extends Error {
  readonly saying: Saying;

  constructor(saying: Saying) {
    super(saying(words()));
    this.saying = saying;
  }
}

/** What went wrong, and what helps. */
export function inWords(error: unknown): Saying {
  if (error instanceof SaidError) return error.saying;
  const message = error instanceof Error ? error.message : String(error);
  return ({ errors }) => errorIn(errors, message, error instanceof WeftError ? error.fix : undefined);
}

/** Waits until the browser has drawn: between pieces of work, so that the page stays alive. */
export function nextFrame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => resolve()));
}
