/** The engine, which computes in a worker, and what the page says of it. */
import { AdapterError, CheckError } from '../device/errors.js';
import { byId, inWords } from './dom.js';
import type { Handed, Work } from './worker/calls.js';
import { say, type Saying } from './words/words.js';
import { errorOf, type GpuState, type Reply } from './worker/protocol.js';
import type { MethodName, ServiceName, Services } from './worker/services.js';

type Method<S extends ServiceName, M extends MethodName<S>> = Services[S][M];
/** What a method takes after its work. */
type Args<F> = F extends (work: Work, ...args: infer A) => unknown ? A : never;
type Answer<F> = F extends (...args: never[]) => Promise<infer R> ? (R extends Handed<infer V> ? V : R) : never;

interface AskOptions {
  /** Is told how far it is, in the method's own way. */
  readonly onProgress?: (value: never) => void;
  readonly signal?: AbortSignal;
  /** What is handed over, not copied. */
  readonly transfer?: Transferable[];
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: (value: never) => void;
}

/** One worker with a device of its own. */
export class Engine {
  readonly #worker = new Worker(new URL('worker.js', document.baseURI), { type: 'module' });
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  /** Why it answers no more. */
  #ended: Error | null = null;

  constructor(onGpu: (state: GpuState) => void = () => {}) {
    this.#worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
      if ('gpu' in data) return onGpu(data.gpu);
      const waiting = this.#waiting.get(data.id);
      if ('progress' in data) return waiting?.onProgress(data.progress as never);
      this.#waiting.delete(data.id);
      if ('error' in data) waiting?.reject(errorOf(data.error));
      else waiting?.resolve(data.value as never);
    });
    this.#worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.#fail(
        new CheckError(`the engine ended: ${event.message || 'it did not load'}`, { fix: 'load the page again' }),
      );
    });
  }

  /** @throws what the method throws; AbortError at `signal`. */
  ask<S extends ServiceName, M extends MethodName<S>>(
    service: S,
    method: M,
    args: Args<Method<S, M>>,
    { onProgress = () => {}, signal, transfer = [] }: AskOptions = {},
  ): Promise<Answer<Method<S, M>>> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.#ended !== null) throw this.#ended;
      this.#waiting.set(id, { resolve, reject, onProgress });
      signal?.addEventListener('abort', () => {
        this.#worker.postMessage({ cancel: id });
        if (this.#waiting.delete(id)) reject(signal.reason as Error);
      });
      this.#worker.postMessage({ id, service, method, args }, transfer);
    });
  }

  /** Ends it, whatever it computes. @param why what is told to those who wait for an answer. */
  end(why: Error): void {
    this.#worker.terminate();
    this.#fail(why);
  }

  #fail(error: Error): void {
    this.#ended = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** Shows what the GPU holds. */
function showState({ bytes, renewed }: GpuState): void {
  say(byId('memory', HTMLElement), (words) =>
    [
      ...(bytes === 0 ? [] : [words.engine.memory(Math.ceil(bytes / 2 ** 20))]),
      ...(renewed === 0 ? [] : [words.engine.renewed(renewed)]),
    ].join(', '),
  );
}

/** What all tabs compute on. */
export const engine = new Engine(showState);

/** Why there is no device, in a visitor's words. */
function whyMissing(error: unknown): Saying {
  if (!(error instanceof AdapterError)) return inWords(error);
  if (!isSecureContext) return (words) => words.engine.insecure;
  return (words) => ('gpu' in navigator ? words.engine.noAdapter : words.engine.noWebGpu);
}

/** Whether this browser can compute; where it cannot, the reason is on the page. */
export const canCompute: Promise<boolean> = engine.ask('host', 'adapter', []).then(
  (name) => {
    say(byId('engine', HTMLElement), (words) => words.engine.computing(name));
    return true;
  },
  (error: unknown) => {
    say(byId('engine', HTMLElement), (words) => words.engine.missing);
    const notice = byId('missing', HTMLElement);
    say(notice, whyMissing(error));
    notice.hidden = false;
    return false;
  },
);
