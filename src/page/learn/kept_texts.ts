/** What a reader wrote and how far they came, kept by this browser: each exercise under a key of its own. */

/** Of one exercise. */
export interface KeptWork {
  /** null: as it was handed out. */
  readonly text: string | null;
  /** The text that passed; null where none did. */
  readonly passed: string | null;
  /** How many hints were given. */
  readonly hints: number;
}

const NOTHING: KeptWork = { text: null, passed: null, hints: 0 };

const keyOf = (exercise: string): string => `weft-learn:${exercise}`;

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** What is kept of an exercise; nothing where the browser keeps nothing, or something else lies there. */
export function keptWork(exercise: string): KeptWork {
  try {
    const found = JSON.parse(localStorage.getItem(keyOf(exercise)) ?? '{}') as Readonly<Record<string, unknown>>;
    const { hints } = found;
    return {
      text: textOf(found['text']),
      passed: textOf(found['passed']),
      hints: typeof hints === 'number' && Number.isInteger(hints) && hints > 0 ? hints : 0,
    };
  } catch {
    return NOTHING;
  }
}

/** Changes what is kept of an exercise. Where the browser has no room or keeps nothing, it is lost with the page. */
export function keepWork(exercise: string, change: Partial<KeptWork>): void {
  try {
    localStorage.setItem(keyOf(exercise), JSON.stringify({ ...keptWork(exercise), ...change }));
  } catch {
    // the page goes on without
  }
}
