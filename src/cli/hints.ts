/** "Did you mean": by letters, by spelling, and by meaning (other_words.ts). */
import { KIN, NEEDLESS, OPTION_WORDS, VALUE_WORDS } from './other_words.js';

/** The nearest name by letters, or none. */
export function suggest(wrong: string, names: readonly string[]): string | undefined {
  const distances = names.map((name) => [distance(wrong, name), name] as const).sort((a, b) => a[0] - b[0]);
  const best = distances[0];
  return best !== undefined && best[0] < wrong.length && best[0] <= Math.max(2, wrong.length / 3) ? best[1] : undefined;
}

/** Letters to insert, delete, replace or swap with the next (restricted Damerau-Levenshtein). */
function distance(a: string, b: string): number {
  const d = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (__, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const replace = a[i - 1] === b[j - 1] ? 0 : 1;
      d[i][j] = Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + replace);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.length][b.length];
}

/** Only letters and digits, small: `ResNet-18`, `resnet_18` and `resnet18` are one. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

/** The name of these that differs in capitals and separators only: `valSplit` and `val_split` are `val-split`. */
export function spelled(name: string, names: readonly string[]): string | undefined {
  return names.includes(name) ? name : names.find((own) => plain(own) === plain(name));
}

/** A row of words of other_words.ts that has this one. */
function meant<T>(word: string, rows: readonly (readonly [T, string])[]): T[] {
  const key = plain(word);
  return rows.filter(([, words]) => words.split(' ').includes(key)).map(([own]) => own);
}

/**
 * What to do about an option that a command has not; undefined where nothing is known. @param names the command's
 * options.
 */
export function optionHint(wrong: string, names: readonly string[]): string | undefined {
  const own = spelled(wrong, names) ?? meant(wrong, OPTION_WORDS).find((name) => names.includes(name));
  if (own !== undefined) return `did you mean --${own}?`;
  const why = meant(wrong, NEEDLESS)[0];
  if (why !== undefined) return `leave it out: ${why}`;
  const near = suggest(wrong, names);
  return near === undefined ? undefined : `did you mean --${near}?`;
}

/** The choice that a value most likely means, in words for a fix; undefined where nothing is known. */
export function valueHint(value: string, choices: readonly string[]): string | undefined {
  const own =
    spelled(value, choices) ??
    meant(value, VALUE_WORDS).find((choice) => choices.includes(choice)) ??
    suggest(value.toLowerCase(), choices);
  if (own !== undefined) return `did you mean ${own}?`;
  const kin = KIN.find(([form]) => form.test(plain(value)))?.[1].filter((name) => choices.includes(name)) ?? [];
  return kin.length === 0
    ? undefined
    : `it is not among Weft’s; the nearest kin ${kin.length === 1 ? 'is' : 'are'} ${kin.join(', ')}`;
}
