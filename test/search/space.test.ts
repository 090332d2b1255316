/** What a file of a space may say, and what is drawn of it. */
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/device/errors.js';
import { drawTrial, parseSpace } from '../../src/search/space.js';
import { suite } from '../support/harness.js';

const test = suite('spaces of searches');

const VALUES = {
  data: 'synthetic',
  model: 'lenet5',
  space: {
    lr: { log: [1e-4, 1e-1] },
    batch: [16, 32],
    optimizer: { choice: ['sgd', 'adam'] },
    momentum: { uniform: [0.5, 0.99], when: { optimizer: 'sgd' } },
    'lr-patience': { int: [1, 3] },
  },
  search: { trials: 40, seed: 3 },
};

test('draws lie where they are said to, of the same seed the same ones; a condition leaves others as they are', () => {
  const space = parseSpace(VALUES, 'space.yaml');
  assert.equal(space.fixed, { data: 'synthetic', model: 'lenet5' });
  assert.is(space.search.eta, 3);
  const draws = Array.from({ length: 40 }, (_, t) => drawTrial(space, t));
  for (const [t, d] of draws.entries()) {
    assert.equal(drawTrial(space, t), d);
    assert.ok(Number(d['lr']) >= 1e-4 && Number(d['lr']) <= 0.1);
    assert.ok([16, 32].includes(Number(d['batch'])) && [1, 2, 3].includes(Number(d['lr-patience'])));
    assert.is('momentum' in d, d['optimizer'] === 'sgd');
  }
  const small = draws.filter((d) => Number(d['lr']) < 10 ** -2.5).length;
  assert.ok(small > 10 && small < 30, `half of the draws lie below the middle of the logarithms: ${small}`);
  assert.ok(new Set(draws.map((d) => d['lr'])).size > 35);
  const other = parseSpace({ ...VALUES, search: { trials: 40, seed: 4 } }, 'space.yaml');
  assert.is.not(drawTrial(other, 0)['lr'], draws[0]['lr']);
  const unconditional = parseSpace({ ...VALUES, space: { ...VALUES.space, momentum: { uniform: [0.5, 0.99] } } }, 'f');
  assert.is(drawTrial(unconditional, 5)['lr'], draws[5]['lr']);
});

test('the command line wins over the file', () => {
  assert.is(parseSpace(VALUES, 'f', { trials: 5 }).search.trials, 5);
});

test('what is wrong is named, and where', () => {
  const refused = (change: object, pattern: RegExp): void => {
    try {
      parseSpace({ ...VALUES, ...change }, 'space.yaml');
    } catch (error) {
      assert.instance(error, UsageError);
      assert.match((error as UsageError).message, pattern);
      return;
    }
    assert.unreachable(`${JSON.stringify(change)} was taken`);
  };
  refused({ space: {} }, /^space\.yaml: space: nothing is varied/);
  refused({ space: { lr: { log: [0, 1] } } }, /space\.yaml: space\.lr/);
  refused({ space: { lr: { uniform: [2, 1] } } }, /space\.lr/);
  refused({ space: { batch: [] } }, /space\.batch/);
  refused({ space: { lr: { lag: [1, 2] } } }, /space\.lr/);
  refused({ search: { trails: 3 } }, /search.*trails/);
  refused({ search: { eta: 1 } }, /search\.eta/);
  refused({ lr: 0.1 }, /lr is both fixed and varied/);
  refused({ space: { momentum: { uniform: [0, 1], when: { optimizer: 'sgd' } } } }, /when: optimizer is not varied/);
});

test.run();
