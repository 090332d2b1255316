/** A second thread that answers questions: meanwhile the program goes on, or waits for one where it has to. */
import { MessageChannel, receiveMessageOnPort, Worker, workerData, type MessagePort } from 'node:worker_threads';

/** What a thread is started with. */
interface Line {
  readonly port: MessagePort;
  /** Counts the answers, for one who waits without looking at messages; and whether the thread has ended. */
  readonly answers: Int32Array;
}

interface Asked<Q> {
  readonly id: number;
  readonly question: Q;
}

type Answered<A> = { readonly id: number } & ({ readonly answer: A } | { readonly error: unknown });

/** How long one waits for an answer before looking again whether it has come. */
const LOOK_AGAIN = 1000;

const GONE = new Error('the thread that answers has ended');

/** Q: what is asked, A: what is answered; both are copied on their way, but for shared memory in them. */
export class HelperThread<Q, A> {
  readonly #port: MessagePort;
  readonly #answers: Int32Array;
  readonly #waiting = new Map<number, { resolve: (answer: A) => void; reject: (error: unknown) => void }>();
  #next = 0;
  /** Why there are no more answers. */
  #ended: Error | null = null;

  /** @param module what the thread runs: it calls `answerQuestions`. */
  constructor(module: URL) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#answers = new Int32Array(new SharedArrayBuffer(8));
    const line: Line = { port: port2, answers: this.#answers };
    const worker = new Worker(module, { workerData: line, transferList: [port2], execArgv: [] });
    worker.on('error', (error) => this.#end(error));
    worker.on('exit', () => this.#end(GONE));
    worker.unref();
    port1.on('message', (message: Answered<A>) => this.#take(message));
    port1.unref(); // a program that waits for nothing may end
  }

  /** The answer, when it is there. Rejects when the thread has ended, or ends before that. */
  ask(question: Q): Promise<A> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      this.#port.ref();
      this.#port.postMessage({ id, question } satisfies Asked<Q>);
    });
  }

  /** Waits for the answer; nothing else happens in this thread. @throws Error when the other has ended, or ends. */
  askNow(question: Q): A {
    const id = this.#next++;
    this.#port.postMessage({ id, question } satisfies Asked<Q>);
    for (;;) {
      const before = Atomics.load(this.#answers, 0);
      const isGone = this.#ended !== null || Atomics.load(this.#answers, 1) === 1;
      for (let got = receiveMessageOnPort(this.#port); got !== undefined; got = receiveMessageOnPort(this.#port)) {
        const message = got.message as Answered<A>;
        if (message.id !== id) this.#take(message);
        else if ('error' in message) throw message.error;
        else return message.answer;
      }
      if (isGone) throw this.#ended ?? GONE; // whose last answers have been looked at
      Atomics.wait(this.#answers, 0, before, LOOK_AGAIN);
    }
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#port.unref();
  }

  #take(message: Answered<A>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (this.#waiting.size === 0) this.#port.unref();
    if ('error' in message) waiting?.reject(message.error);
    else waiting?.resolve(message.answer);
  }
}

/** For the module that a HelperThread runs: answers all questions, several at a time. */
export function answerQuestions<Q, A>(answer: (question: Q) => Promise<A>): void {
  const { port, answers } = workerData as Line;
  const tell = (message: Answered<A>): void => {
    port.postMessage(message);
    Atomics.add(answers, 0, 1);
    Atomics.notify(answers, 0);
  };
  // one who waits in askNow hears of no event
  process.once('exit', () => {
    Atomics.store(answers, 1, 1);
    Atomics.notify(answers, 0);
  });
  port.on('message', ({ id, question }: Asked<Q>) => {
    answer(question).then(
      (said) => tell({ id, answer: said }),
      (error: unknown) => tell({ id, error }),
    );
  });
}
