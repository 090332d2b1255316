/**
 * Which member of a kernel family to run for which class of problems (src/kernels/launch/family.ts). Kept here because
 * it belongs to a device.
 */

/** A member of a family and its constants, e.g. `{ variant: 'subgroup', ROWS: 16 }`. */
export interface Choice {
  readonly variant: string;
  readonly [constant: string]: string | number;
}

/** By family and shape class, as in `Choices.tuned`. */
export type ChoiceRecord = Readonly<Record<string, Choice>>;

/** Which member of each kernel family a device runs. */
export class Choices {
  /** What the tuner found, by family and shape class. Empty: the defaults. */
  readonly tuned = new Map<string, Choice>();
  /** Told of every problem that a launcher meets; how the tuner learns what a model needs. */
  asked: ((key: string, family: unknown, problem: unknown) => void) | null = null;

  /** Puts other choices in the place of all tuned ones. */
  replace(choices: ChoiceRecord): void {
    this.tuned.clear();
    for (const [key, choice] of Object.entries(choices)) this.tuned.set(key, choice);
  }

  /** The tuned choices as plain data, for files. */
  record(): ChoiceRecord {
    return Object.fromEntries([...this.tuned].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** The same member with the same constants, in whatever order they are written. */
export function sameChoice(a: Choice, b: Choice): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** `subgroup ROWS=16` */
export function formatChoice({ variant, ...constants }: Choice): string {
  return [variant, ...Object.entries(constants).map(([name, value]) => `${name}=${value}`)].join(' ');
}

/** Whether a value that comes from a file is a choice. */
export function isChoice(value: unknown): value is Choice {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return (
    typeof (value as Partial<Choice>).variant === 'string' &&
    Object.values(value).every((v) => typeof v === 'string' || (typeof v === 'number' && Number.isFinite(v)))
  );
}

/** Whether a value that comes from a file is choices by key. */
export function isChoiceRecord(value: unknown): value is ChoiceRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isChoice);
}
