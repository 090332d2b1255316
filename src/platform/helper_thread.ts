/** A second thread that answers questions: meanwhile the program goes on, or waits for one where it has to. */
import { MessageChannel, receiveMessageOnPort, Worker, workerData, type MessagePort } from 'node:worker_threads';

/** What a thread is started with. */
interface Line {
  readonly port: MessagePort;
  /** Counts the answers, for one who waits without looking at messages. */
  readonly answers: Int32Array;
}

interface Asked<Q> {
  readonly id: number;
  readonly question: Q;
}

type Answered<A> = { readonly id: number } & ({ readonly answer: A } | { readonly error: unknown });

/** How long one waits for an answer before looking again whether it has come. */
const LOOK_AGAIN = 1000;

/** Q: what is asked, A: what is answered; both are copied on their way, but for shared memory in them. */
export class HelperThread<Q, A> {
  readonly #port: MessagePort;
  readonly #answers: Int32Array;
  readonly #waiting = new Map<number, { resolve: (answer: A) => void; reject: (error: unknown) => void }>();
  #next = 0;

  /** @param module what the thread runs: it calls `answerQuestions`. */
  constructor(module: URL) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#answers = new Int32Array(new SharedArrayBuffer(4));
    const line: Line = { port: port2, answers: this.#answers };
    const worker = new Worker(module, { workerData: line, transferList: [port2], execArgv: [] });
    worker.on('error', (error) => {
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
      this.#port.unref();
    });
    worker.unref();
    port1.on('message', (message: Answered<A>) => this.#take(message));
    port1.unref(); // a program that waits for nothing may end
  }

  /** The answer, when it is there. */
  ask(question: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      this.#port.ref();
      this.#port.postMessage({ id, question } satisfies Asked<Q>);
    });
  }

  /** Waits for the answer; nothing else happens in this thread. */
  askNow(question: Q): A {
    const id = this.#next++;
    this.#port.postMessage({ id, question } satisfies Asked<Q>);
    for (;;) {
      const before = Atomics.load(this.#answers, 0);
      for (let got = receiveMessageOnPort(this.#port); got !== undefined; got = receiveMessageOnPort(this.#port)) {
        const message = got.message as Answered<A>;
        if (message.id !== id) this.#take(message);
        else if ('error' in message) throw message.error;
        else return message.answer;
      }
      Atomics.wait(this.#answers, 0, before, LOOK_AGAIN);
    }
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
  port.on('message', ({ id, question }: Asked<Q>) => {
    answer(question).then(
      (said) => tell({ id, answer: said }),
      (error: unknown) => tell({ id, error }),
    );
  });
}
