/** Names that stand for the user's own code in this process, and the words of the command line that they stand for. */
const names = new Map<string, string>();

/** @param typed what the command line says. */
export function enterOwnName(name: string, typed: string): void {
  names.set(name, typed);
}

/** Options with choices take these names too. */
export const isOwnName = (name: string): boolean => names.has(name);

/** An option's value as it was typed, or one could type it. */
export const asTyped = (value: string): string =>
  names.get(value) ??
  value
    .split(',')
    .map((word) => names.get(word) ?? word)
    .join(',');
