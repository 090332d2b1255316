/**
 * The engine's work, one piece at a time. What a visitor waits for comes first: long work asks for its turn between its
 * steps, and what is more urgent is done meanwhile.
 */

/** The smaller, the sooner: an answer, what is looked into on demand, what is loaded or learned. */
export const PRIORITY = { answer: 0, look: 1, load: 2, step: 3 } as const;
export type Priority = (typeof PRIORITY)[keyof typeof PRIORITY];

/** Resolves when everything more urgent that has been asked for is done. */
export type Turn = () => Promise<void>;

interface Job {
  readonly priority: Priority;
  readonly work: () => Promise<void>;
}

/** Lets messages in: they come between tasks. Not a timer, which browsers hold up. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(null);
  });
}

export class WorkQueue {
  /** By priority, and of the same one in the order in which they came. */
  readonly #waiting: Job[] = [];
  #isBusy = false;

  /** Does it when nothing more urgent is left. Rejects as `work` does. */
  run<T>(priority: Priority, work: (turn: Turn) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const turn: Turn = async () => {
        await nextTask();
        while ((this.#waiting[0]?.priority ?? Infinity) < priority) await this.#waiting.shift()?.work();
      };
      const after = this.#waiting.findIndex((job) => job.priority > priority);
      this.#waiting.splice(after < 0 ? this.#waiting.length : after, 0, {
        priority,
        work: () => work(turn).then(resolve, reject),
      });
      void this.#start();
    });
  }

  async #start(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let job = this.#waiting.shift(); job !== undefined; job = this.#waiting.shift()) await job.work();
    this.#isBusy = false;
  }
}
