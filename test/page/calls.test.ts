/** The worker's answers: what is computed when the GPU is lost, by whom ever it is met. */
import * as assert from 'uvu/assert';
import { GpuError } from '../../src/device/errors.js';
import { answerCalls, type Methods, type Port } from '../../src/page/worker/calls.js';
import type { Cancel, Reply, Request } from '../../src/page/worker/protocol.js';
import { PRIORITY } from '../../src/page/worker/queue.js';
import { suite } from '../support/harness.js';

const test = suite('calls of the page');

/** A device that can be lost: numbered from 0. */
class Gpu {
  renewed = 0;
  isLost = false;

  renew(): Promise<void> {
    if (this.isLost) [this.renewed, this.isLost] = [this.renewed + 1, false];
    return Promise.resolve();
  }

  state(): Promise<{ bytes: number; renewed: number }> {
    return Promise.resolve({ bytes: 0, renewed: this.renewed });
  }

  /** @throws GpuError on a device that is another than the one that there is. */
  compute(device: number): void {
    if (this.isLost || device !== this.renewed) throw new GpuError('the device is lost');
  }
}

/** Asks, and resolves with what comes. */
function asking(gpu: Gpu, methods: Methods): (id: number, method: string) => Promise<Reply> {
  const waiting = new Map<number, (reply: Reply) => void>();
  let heard: (event: { readonly data: Request | Cancel }) => void = () => {};
  const port: Port = {
    postMessage: (reply) => void ('id' in reply && waiting.get(reply.id)?.(reply)),
    addEventListener: (_, listener) => void (heard = listener),
  };
  answerCalls(port, gpu, methods);
  return (id, method) =>
    new Promise((resolve) => {
      waiting.set(id, resolve);
      heard({ data: { id, service: 'teach', method, args: [] } });
    });
}

test('long work whose device was lost and replaced while it gave its turn is done again', async () => {
  const gpu = new Gpu();
  let begun = 0;
  const ask = asking(gpu, {
    teach: {
      features: [
        async ({ turn }) => {
          const device = gpu.renewed;
          if (++begun === 1) {
            gpu.isLost = true;
            void ask(1, 'answer'); // meets the loss first
          }
          await turn();
          gpu.compute(device);
          return device;
        },
        { priority: PRIORITY.load, again: true },
      ],
      answer: [
        () => Promise.resolve().then(() => gpu.compute(gpu.renewed)),
        { priority: PRIORITY.answer, again: true },
      ],
    },
  });
  assert.equal(await ask(0, 'features'), { id: 0, value: 1 });
  assert.is(gpu.renewed, 1);
});

test('what keeps something on the device is not begun again, nor what fails on a sound one', async () => {
  const gpu = new Gpu();
  let begun = 0;
  const fail = (): Promise<never> => {
    begun++;
    return Promise.reject(new GpuError('a kernel is wrong'));
  };
  const ask = asking(gpu, {
    teach: {
      once: [fail, { priority: PRIORITY.step }],
      sound: [fail, { priority: PRIORITY.step, again: true }],
    },
  });
  gpu.isLost = true;
  for (const [id, method] of ['once', 'sound'].entries()) {
    const reply = await ask(id, method);
    assert.ok('error' in reply && reply.error.message === 'a kernel is wrong');
  }
  assert.is(begun, 2);
  assert.is(gpu.renewed, 1);
});

test.run();
