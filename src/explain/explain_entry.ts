/** What is written down of an op. */
export interface OpText {
  /** The heading under which it is listed. */
  readonly idea: string;
  /** Output in terms of the inputs; an index that is free on the left runs over the output. */
  readonly formula: string;
  /** By input, in the order of the op's cases: what its gradient is in terms of dy. Empty: the op has none. */
  readonly gradient: Readonly<Record<string, string>>;
  /** What formulas take for granted. */
  readonly note?: string;
}

/** An idea's entries. */
export type OpTexts = Readonly<Record<string, Omit<OpText, 'idea'>>>;
