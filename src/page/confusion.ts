/** What was taken for what. */
import { make } from './dom.js';
import type { Saying } from './words/words.js';

/** A table of counts, the cell of a row the darker the larger its share of the row. */
export function showConfusion(
  table: HTMLTableElement,
  { confusion }: { readonly confusion: readonly (readonly number[])[] },
  classes: readonly (Saying | string)[],
): void {
  const head = document.createElement('thead');
  const names = document.createElement('tr');
  names.append(make('td'), ...classes.map((name) => columnHead(name)));
  (names.firstElementChild as HTMLElement).className = 'corner';
  head.append(names);
  const body = document.createElement('tbody');
  for (const [t, row] of confusion.entries()) {
    const total = row.reduce((a, b) => a + b, 0);
    const line = document.createElement('tr');
    const title = make('th', classes[t]);
    title.setAttribute('scope', 'row');
    line.append(title, ...row.map((count) => cell(count, total)));
    body.append(line);
  }
  table.replaceChildren(head, body);
}

function columnHead(name: Saying | string): HTMLElement {
  const head = make('th');
  head.setAttribute('scope', 'col');
  head.append(make('span', name));
  return head;
}

function cell(count: number, total: number): HTMLElement {
  const made = make('td', count === 0 ? '' : String(count));
  made.style.setProperty('--share', String(total === 0 ? 0 : count / total));
  return made;
}
