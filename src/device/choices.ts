/** Which member of a kernel family to run for which class of problems (src/kernels/family.ts). Kept here because it belongs to a device. */

/** A member of a family and its constants, e.g. `{ variant: 'subgroup', ROWS: 16 }`. */
export interface Choice {
  readonly variant: string;
  readonly [constant: string]: string | number;
}

export class Choices {
  /** What the tuner found, by family and shape class. Empty: the defaults. */
  readonly tuned = new Map<string, Choice>();
  /** Told of every problem that a launcher meets; how the tuner learns what a model needs. */
  asked: ((key: string, family: unknown, problem: unknown) => void) | null = null;
}
