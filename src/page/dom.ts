/**
 * The little that the page needs to build with: elements by name, lists of bars, problems in words. Text is only ever
 * set as text.
 */
import { WeftError } from '../device/errors.js';
import type { Saying } from './words/words.js';

/** The element of the page with this id, which must be of this kind. */
export function byId<E extends HTMLElement>(id: string, kind: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return found;
}

export function make(tag: string, text = '', className = ''): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className !== '') made.className = className;
  return made;
}

/** 0.98765 as 98.8 %. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Fills a list with names, shares and bars. */
export function showBars(
  list: HTMLElement,
  rows: readonly { readonly class: string; readonly probability: number }[],
): void {
  list.replaceChildren(
    ...rows.map((row) => {
      const item = document.createElement('li');
      const bar = make('span', '', 'bar');
      bar.style.setProperty('--share', String(row.probability));
      item.dataset['probability'] = String(row.probability);
      item.append(make('span', row.class, 'name'), make('span', percent(row.probability), 'share'), bar);
      return item;
    }),
  );
}

/** What went wrong, and what helps. */
export function inWords(error: unknown): Saying {
  if (error instanceof WeftError) return ({ engine }) => engine.failed(error.message, error.fix);
  const message = error instanceof Error ? error.message : String(error);
  return () => message;
}

/** Waits until the browser has drawn: between pieces of work, so that the page stays alive. */
export function nextFrame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => resolve()));
}
