/** The little of HTML that a test needs to read index.html: elements with their attributes, and texts. */

export interface MarkupElement {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** A text with a letter in it. */
export interface MarkupText {
  readonly words: string;
  /** `data-say` of its own element. */
  readonly say: string | null;
  /** The nearest `lang`; null below none but that of the document. */
  readonly lang: string | null;
}

const VOID = ['meta', 'link', 'input'];

/** Every element and every text of well-formed HTML without comments. @throws Error where a tag has no other end. */
export function markup(html: string): { readonly texts: MarkupText[]; readonly elements: MarkupElement[] } {
  const [texts, elements, open]: [MarkupText[], MarkupElement[], MarkupElement[]] = [[], [], []];
  for (const [, close, tag, inside, words] of html.matchAll(/<(\/?)([a-z]\w*)((?:[^>"]|"[^"]*")*)>|([^<]+)/g)) {
    if (words !== undefined) {
      const said = words.trim().replaceAll(/\s+/g, ' ');
      if (!/\p{L}/u.test(said) || open.length === 0) continue;
      const own = open[open.length - 1].attributes;
      const languages = open.slice(1).flatMap(({ attributes }) => attributes.get('lang') ?? []);
      texts.push({ words: said, say: own.get('data-say') ?? null, lang: languages.at(-1) ?? null });
    } else if (close === '/') {
      if (open.pop()?.tag !== tag) throw new Error(`</${tag}> ends nothing`);
    } else {
      const attributes = new Map(
        [...inside.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map(([, name, value = '']) => [name, value] as const),
      );
      const element = { tag, attributes };
      elements.push(element);
      if (!VOID.includes(tag)) open.push(element);
    }
  }
  return { texts, elements };
}
