/** Answers what the page asks: by the service's method, in the order of priorities. */
import { GpuError } from '../../device/errors.js';
import type { Gpu } from './gpu.js';
import { tellError, type Cancel, type Reply, type Request } from './protocol.js';
import { WorkQueue, type Priority, type Turn } from './queue.js';

/** What a method is given before its arguments. */
export interface Work {
  readonly turn: Turn;
  /** Tells the page how far it is. */
  readonly progress: (value: unknown) => void;
  /** Aborted when the page wants no answer any more. */
  readonly signal: AbortSignal;
}

/** Things in an answer that are handed over, not copied. */
export class Handed<T> {
  constructor(
    readonly value: T,
    readonly parts: readonly object[],
  ) {}
}

type Method = (work: Work, ...args: readonly unknown[]) => Promise<unknown>;

/** How a method is called. */
export interface Manner {
  /** null: at once, beside what is computed, as it mostly waits for something else. */
  readonly priority: Priority | null;
  /** Whether a second time after the GPU was lost: it keeps nothing there that cannot be had again. */
  readonly again?: boolean;
}

export type Methods = Readonly<Record<string, Readonly<Record<string, readonly [Method, Manner]>>>>;

/** A worker's side of its messages. */
export interface Port {
  postMessage(message: Reply, transfer?: object[]): void;
  addEventListener(type: 'message', heard: (event: { readonly data: Request | Cancel }) => void): void;
}

/** From now on answers all that comes in. */
export function answerCalls(port: Port, gpu: Pick<Gpu, 'renew' | 'renewed' | 'state'>, methods: Methods): void {
  const queue = new WorkQueue();
  const underWay = new Map<number, AbortController>();

  const answer = async ({ id, service, method, args }: Request): Promise<void> => {
    const wanted = new AbortController();
    underWay.set(id, wanted);
    const progress = (value: unknown): void => port.postMessage({ id, progress: value });
    const [run, { priority, again }] = methods[service][method];
    let began = 0;
    const work = async (turn: Turn): Promise<unknown> => {
      wanted.signal.throwIfAborted();
      began = gpu.renewed;
      return run({ turn, progress, signal: wanted.signal }, ...args);
    };
    const attempt = (): Promise<unknown> =>
      priority === null ? work(() => Promise.resolve()) : queue.run(priority, work);
    try {
      const value = await attempt().catch(async (error: unknown) => {
        if (error instanceof GpuError) await gpu.renew();
        // what ran beside it may have met the loss, and opened another device, before
        if (again === true && gpu.renewed > began && !wanted.signal.aborted) return attempt();
        throw error;
      });
      if (value instanceof Handed) port.postMessage({ id, value: value.value }, [...value.parts]);
      else port.postMessage({ id, value });
    } catch (error) {
      port.postMessage({ id, error: tellError(error) });
    } finally {
      underWay.delete(id);
      port.postMessage({ gpu: await gpu.state() });
    }
  };

  port.addEventListener('message', ({ data }) => {
    if ('cancel' in data) underWay.get(data.cancel)?.abort();
    else void answer(data);
  });
}
