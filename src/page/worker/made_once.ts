/** Something that takes a while to make, and is kept then. */

export class MadeOnce<T> {
  #made: Promise<T> | null = null;

  /** A failure is not kept: what failed is made again when it is asked for again. */
  get(make: () => Promise<T>): Promise<T> {
    if (this.#made !== null) return this.#made;
    const made = make();
    this.#made = made;
    made.catch(() => {
      if (this.#made === made) this.#made = null;
    });
    return made;
  }

  /** Makes it anew the next time. Returns what there was; null when that was nothing, or failed. */
  async take(): Promise<T | null> {
    const before = this.#made;
    this.#made = null;
    return before === null ? null : before.catch(() => null);
  }

  /** The same, where what there was is gone. */
  forget(): void {
    this.#made = null;
  }
}
