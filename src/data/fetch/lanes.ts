/**
 * Work by hosts: each host has a lane, of which few pieces are under way at once, and no two begin sooner after each
 * other than the lane's delay. All lanes together have a limit too.
 */

interface Lane<J> {
  readonly host: string;
  /** In their order; those before `head` are gone. */
  ready: J[];
  head: number;
  /** What has to wait, for itself. */
  later: { readonly at: number; readonly job: J }[];
  active: number;
  /** Nothing of the lane begins before. */
  notBefore: number;
  delayMs: number;
}

export interface LaneLimits {
  /** Pieces of work under way at once. */
  readonly concurrency: number;
  /** The same, of one host. */
  readonly perHost: number;
  /** Milliseconds between two beginnings at one host. */
  readonly delayMs: number;
}

export class Lanes<J> {
  readonly #limits: LaneLimits;
  readonly #lanes = new Map<string, Lane<J>>();
  #active = 0;
  #wake: () => void = () => {};

  constructor(limits: LaneLimits) {
    this.#limits = limits;
  }

  #lane(host: string): Lane<J> {
    let lane = this.#lanes.get(host);
    if (lane === undefined) {
      const { delayMs } = this.#limits;
      lane = { host, ready: [], head: 0, later: [], active: 0, notBefore: -Infinity, delayMs };
      this.#lanes.set(host, lane);
    }
    return lane;
  }

  /** @param waitMs from now on, at least. */
  add(host: string, job: J, waitMs = 0): void {
    const lane = this.#lane(host);
    if (waitMs > 0) lane.later.push({ at: performance.now() + waitMs, job });
    else lane.ready.push(job);
    this.#wake();
  }

  /** Nothing of the host begins for so long. */
  pause(host: string, ms: number): void {
    const lane = this.#lane(host);
    lane.notBefore = Math.max(lane.notBefore, performance.now() + ms);
  }

  /** The host asks for a longer delay. */
  slowDown(host: string, delayMs: number): void {
    const lane = this.#lane(host);
    lane.delayMs = Math.max(lane.delayMs, delayMs);
    this.pause(host, lane.delayMs);
  }

  /** Takes all work of a host that has not begun. */
  clear(host: string): J[] {
    const lane = this.#lane(host);
    const jobs = [...lane.ready.slice(lane.head), ...lane.later.map(({ job }) => job)];
    [lane.ready, lane.head, lane.later] = [[], 0, []];
    return jobs;
  }

  /** The time from which a lane has something to do; Infinity: it has not. */
  #next(lane: Lane<J>): number {
    if (lane.active >= this.#limits.perHost) return Infinity;
    const first = lane.head < lane.ready.length ? -Infinity : Math.min(...lane.later.map(({ at }) => at), Infinity);
    return Math.max(first, lane.notBefore);
  }

  #take(lane: Lane<J>): J {
    const due = lane.later.findIndex(({ at }) => at <= performance.now());
    if (due >= 0) return lane.later.splice(due, 1)[0].job; // those that have been tried come first
    const job = lane.ready[lane.head++];
    if (lane.head > 1000) [lane.ready, lane.head] = [lane.ready.slice(lane.head), 0];
    return job;
  }

  /**
   * Does all work, also what is added meanwhile, until there is none or `signal` aborts; returns when nothing is under
   * way any more.
   * @throws what `work` throws first; nothing begins after it.
   */
  async run(work: (job: J, host: string) => Promise<void>, signal: AbortSignal): Promise<void> {
    let failure: { readonly error: unknown } | null = null;
    const begin = (lane: Lane<J>): void => {
      const job = this.#take(lane);
      lane.active++;
      this.#active++;
      lane.notBefore = Math.max(lane.notBefore, performance.now() + lane.delayMs);
      void work(job, lane.host)
        .catch((error: unknown) => (failure ??= { error }))
        .finally(() => {
          lane.active--;
          this.#active--;
          this.#wake();
        });
    };
    const onAbort = (): void => this.#wake();
    signal.addEventListener('abort', onAbort);
    try {
      for (;;) {
        const isOver = signal.aborted || failure !== null;
        let soonest = Infinity;
        if (!isOver)
          for (const lane of this.#lanes.values()) {
            const at = this.#next(lane);
            if (at <= performance.now() && this.#active < this.#limits.concurrency) begin(lane);
            soonest = Math.min(soonest, this.#next(lane));
          }
        if (this.#active === 0 && (isOver || soonest === Infinity)) break;
        await this.#sleep(this.#active < this.#limits.concurrency ? soonest - performance.now() : Infinity);
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
    if (failure !== null) throw (failure as { readonly error: unknown }).error;
  }

  /** Until the time is over, or something has happened. */
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === Infinity ? undefined : setTimeout(resolve, Math.max(0, ms));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
