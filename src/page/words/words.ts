/**
 * The page's words in the visitor's language. What is shown is said by a function of the words, and remembered with its
 * element: another language says all of it anew.
 */
import { EN, type Words } from './en.js';
import { KO } from './ko.js';

export type { Words };
/** What is to be said, in any language. */
export type Saying = (words: Words) => string;

export const LANGUAGES = { en: EN, ko: KO } as const satisfies Record<string, Words>;
export type Language = keyof typeof LANGUAGES;

const KEY = 'weft-language';
const texts = new WeakMap<Element, Saying>();
const attributes = new WeakMap<Element, Map<string, Saying>>();
let current: Language = 'en';

const isLanguage = (name: string | null | undefined): name is Language =>
  name !== null && name !== undefined && Object.hasOwn(LANGUAGES, name);

/** The words as they are now: for what is not kept on the page. */
export function words(): Words {
  return LANGUAGES[current];
}

export function language(): Language {
  return current;
}

/** Sets an element's text. */
export function say(element: Element, text: Saying): void {
  texts.set(element, text);
  element.textContent = text(words());
}

/** Sets text that is no language's: names, numbers. */
export function show(element: Element, text: string): void {
  texts.delete(element);
  element.textContent = text;
}

/** Sets an attribute that people read: `aria-label`, `title`, `placeholder`, `alt`. */
export function label(element: Element, attribute: string, text: Saying): void {
  const known = attributes.get(element) ?? new Map<string, Saying>();
  attributes.set(element, known.set(attribute, text));
  element.setAttribute(attribute, text(words()));
}

/** What stands at a path of the words, `classify.pick`. @throws Error when there is no text. */
export function saying(path: string): Saying {
  return (all) => {
    const found = path.split('.').reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], all);
    if (typeof found !== 'string') throw new Error(`no words at ${path}`);
    return found;
  };
}

/** A name of one of the drawn garments; another name stays as it is. */
export function garment(name: string): Saying {
  return ({ garments }) => (Object.hasOwn(garments, name) ? garments[name as keyof typeof garments] : name);
}

/** Says all that stands in the page's HTML: `data-say` names an element's text, `data-label` its accessible name. */
export function sayAll(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>('[data-say], [data-label]')) {
    const { say: text, label: name } = element.dataset;
    if (text !== undefined) say(element, saying(text));
    if (name !== undefined) label(element, 'aria-label', saying(name));
  }
}

/** Changes the language, and says everything on the page in it. */
export function setLanguage(next: Language): void {
  current = next;
  document.documentElement.lang = next;
  for (const element of document.querySelectorAll('*')) {
    const text = texts.get(element);
    if (text !== undefined) element.textContent = text(words());
    for (const [attribute, value] of attributes.get(element) ?? []) element.setAttribute(attribute, value(words()));
  }
  dispatchEvent(new Event('weft-language')); // for what is drawn
}

/** The language that was chosen, or that the browser asks for; and the list to choose it from. */
export function startLanguage(choice: HTMLSelectElement): void {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(KEY);
  } catch {
    // a browser that keeps nothing
  }
  const asked = navigator.languages.map((tag) => tag.split('-')[0]).find(isLanguage);
  const first = isLanguage(kept) ? kept : (asked ?? 'en');
  for (const [name, { name: own }] of Object.entries(LANGUAGES)) {
    const option = document.createElement('option');
    option.value = name;
    option.lang = name;
    show(option, own);
    choice.append(option);
  }
  choice.value = first;
  choice.addEventListener('change', () => {
    if (!isLanguage(choice.value)) return;
    setLanguage(choice.value);
    try {
      localStorage.setItem(KEY, choice.value);
    } catch {
      // it holds for this visit
    }
  });
  sayAll(document);
  const about = document.querySelector('meta[name="description"]');
  if (about !== null) label(about, 'content', ({ page }) => page.description);
  if (first !== 'en') setLanguage(first);
}
