/** What tests try of many combinations: each choice somewhere, the default everywhere, as evenly as can be. */
import * as assert from 'uvu/assert';
import { covering, isThorough, spread } from '../support/covering.js';
import { suite } from '../support/harness.js';

const test = suite('covering');
const choice = (variant: string, ROWS = 0): { variant: string; ROWS: number } => ({ variant, ROWS });

if (!isThorough) {
  test('every choice has its turn, where it can be chosen; the usual one is on all problems', () => {
    const [usual, a, b, c, d] = [choice('usual'), choice('a'), choice('b'), choice('c', 1), choice('c', 2)];
    const choices = [[usual, a, b, c], [usual, a, b], [a, b, c, d], [usual]];
    const taken = covering(choices, ({ variant }) => variant === 'usual');
    assert.equal(taken.map((list) => list.length).sort(), [1, 1, 2, 3]);
    for (const [i, list] of taken.entries()) {
      assert.ok(
        list.every((one) => choices[i].includes(one as (typeof choices)[0][0])),
        'what the problem can have',
      );
      assert.is(list.includes(usual), choices[i].includes(usual));
    }
    for (const one of [a, b, c, d]) assert.is(taken.flat().filter((other) => other === one).length, 1);
  });

  test('a few of many are spread over all, first and last among them', () => {
    const many = Array.from({ length: 101 }, (_, i) => i);
    assert.equal(spread(many, 5), [0, 25, 50, 75, 100]);
    assert.equal(spread(many.slice(0, 4), 5), [0, 1, 2, 3]);
  });
}

test.run();
