/** A thread that answers, and one that ends instead. */
import { HelperThread } from '#platform';
import * as assert from 'uvu/assert';
import { suite } from '../support/harness.js';

const test = suite('helper thread');

/** Answers with what it is asked; `crash` and `leave` end it. */
function echo(): HelperThread<string, string> {
  const code = `import { answerQuestions } from ${JSON.stringify(import.meta.resolve('#platform'))};
    answerQuestions(async (question) => {
      if (question === 'crash') setImmediate(() => { throw new Error('out of order'); });
      if (question === 'leave') process.exit(3);
      return question === 'crash' ? new Promise(() => {}) : question;
    });`;
  return new HelperThread(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
}

const messageOf = (error: unknown): string => (error as Error).message;

test('who asks a thread that ends, or has ended, is told so, whether it waits or not', async () => {
  const [crashing, leaving] = [echo(), echo()];
  assert.is(await crashing.ask('a'), 'a');
  assert.is(crashing.askNow('b'), 'b');
  assert.is(await crashing.ask('crash').catch(messageOf), 'out of order');
  assert.is(await crashing.ask('c').catch(messageOf), 'out of order');
  assert.throws(() => crashing.askNow('d'), /out of order/);
  assert.throws(() => leaving.askNow('leave'), /has ended/);
  assert.match(await leaving.ask('e').catch(messageOf), /has ended/);
});

test.run();
