/**
 * Text that names settings. Who writes it does not know who reads it: a library's user knows a setting as `valSplit`,
 * the command line writes it `--val-split`. So it says only that this word is a setting, and whoever shows the text
 * says how settings are written there.
 */

/** How a setting is written: `valSplit` as `--val-split`, say. A part of a setting comes as a path: `loss.margin`. */
export type Spelling = (setting: string) => string;

/** A setting in a text, by its name. */
export interface Setting {
  readonly setting: string;
}

/** A text whose settings have not been written yet; as a string it has them by their names. */
export class Wording {
  readonly #parts: readonly (string | Setting)[];

  constructor(parts: readonly (string | Setting)[]) {
    this.#parts = parts;
  }

  /** What it is made of: text, and the settings that it names. */
  get parts(): readonly (string | Setting)[] {
    return this.#parts;
  }

  /** The text, with every setting as `spelling` writes it. */
  spelled(spelling: Spelling): string {
    return this.#parts.map((part) => (typeof part === 'string' ? part : spelling(part.setting))).join('');
  }

  toString(): string {
    return this.spelled((name) => name);
  }
}

/** What may be said of settings, or of anything else. */
export type Text = string | Wording;

/** The text, with its settings, if it names any, as `spelling` writes them. */
export function spelledText(text: Text, spelling: Spelling): string {
  return typeof text === 'string' ? text : text.spelled(spelling);
}

/** A setting as a text, where its name is a value. */
export function settingNamed(setting: string): Wording {
  return new Wording([{ setting }]);
}

/** One text after the other. */
export function joined(texts: readonly Text[]): Wording {
  return new Wording(texts.flatMap((text) => (typeof text === 'string' ? [text] : text.parts)));
}

/** A setting in the literal text of a template: `{valSplit}`, `{loss.margin}`. */
const SETTING = /\{([a-z][\w.]*)\}/i;

/**
 * Template whose `{name}` are settings: worded`{lr} ${lr} is not above
   0`. Only what is written in the template counts:
 * braces in a value stay braces. A value may be such a text itself. A line break, with the spaces around it, is one
 * space.
 */
export function worded(literals: TemplateStringsArray, ...values: readonly (Text | number)[]): Wording {
  return new Wording(
    literals.flatMap((literal, i) => {
      const own = literal
        .replace(/\s*\n\s*/g, ' ')
        .split(SETTING)
        .map((part, n) => (n % 2 === 0 ? part : { setting: part }));
      const value = values[i];
      return [...own, ...(value === undefined ? [] : value instanceof Wording ? value.parts : [String(value)])];
    }),
  );
}
