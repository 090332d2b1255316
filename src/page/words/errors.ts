/**
 * What the engine says of an error, in a visitor's language. The engine speaks English; other languages have the
 * messages that visitors meet by patterns, and a lead-in for all others.
 */

/** A message of the engine's, and what another language makes of its groups. */
export type KnownError = readonly [pattern: RegExp, told: (...groups: string[]) => string];

/** A language's part in it. */
export interface ErrorWords {
  readonly known: readonly KnownError[];
  /** @param message in English, as is `fix`, what helps. */
  readonly other: (message: string, fix: string | undefined) => string;
}

export function errorIn({ known, other }: ErrorWords, message: string, fix?: string): string {
  for (const [pattern, told] of known) {
    const found = pattern.exec(message);
    if (found !== null) return told(...found.slice(1));
  }
  return other(message, fix);
}
