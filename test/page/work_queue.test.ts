/** The engine's work on the page: what a visitor waits for comes first. */
import * as assert from 'uvu/assert';
import { PRIORITY, WorkQueue, type Turn } from '../../src/page/worker/queue.js';
import { suite } from '../support/harness.js';

const test = suite('work queue');
const { answer, look, step } = PRIORITY;

test('one piece at a time, by priority, and of the same priority as they came', async () => {
  const queue = new WorkQueue();
  const done: string[] = [];
  let atOnce = 0;
  const work = (name: string) => async (): Promise<void> => {
    assert.is(++atOnce, 1);
    await Promise.resolve();
    done.push(name);
    atOnce--;
  };
  await Promise.all([
    queue.run(step, work('under way')),
    queue.run(step, work('step 1')),
    queue.run(look, work('look')),
    queue.run(step, work('step 2')),
    queue.run(answer, work('answer 1')),
    queue.run(answer, work('answer 2')),
  ]);
  assert.equal(done, ['under way', 'answer 1', 'answer 2', 'look', 'step 1', 'step 2']);
});

test('long work gives its turn to what is more urgent, and to nothing else', async () => {
  const queue = new WorkQueue();
  const done: string[] = [];
  const say = (name: string) => (): Promise<void> => Promise.resolve(void done.push(name));
  const training = queue.run(step, async (turn: Turn) => {
    for (let i = 0; i < 3; i++) {
      done.push(`step ${i}`);
      if (i === 0) for (const priority of [step, look, answer]) void queue.run(priority, say(`asked ${priority}`));
      await turn();
    }
  });
  await training;
  await queue.run(step, say('last'));
  assert.equal(done, ['step 0', 'asked 0', 'asked 1', 'step 1', 'step 2', 'asked 3', 'last']);
});

test('what comes during a turn is taken in the same turn; messages come in between', async () => {
  const queue = new WorkQueue();
  const done: string[] = [];
  await queue.run(step, async (turn: Turn) => {
    setTimeout(() => void queue.run(answer, () => Promise.resolve(void done.push('answer'))));
    for (let i = 0; done.length === 0 && i < 1e6; i++) await turn();
    done.push('step');
  });
  assert.equal(done, ['answer', 'step']);
});

test('work that fails says so to whoever asked, and the next is done', async () => {
  const queue = new WorkQueue();
  const failed = queue.run(step, () => Promise.reject(new Error('the GPU is gone')));
  const next = queue.run(step, () => Promise.resolve(7));
  const message = await failed.catch((error: unknown) => (error as Error).message);
  assert.equal([message, await next], ['the GPU is gone', 7]);
});

test.run();
