/**
 * Models under each fact that adapters differ in and that can be had here: they run, and give the numbers of the
 * adapter as it is. `npm run verdict -- --adapters` does it with all models, and compiles them for a card.
 */
import * as assert from 'uvu/assert';
import { FACTS } from '../../bench/verdict/adapters/facts.js';
import { memberOf } from '../../bench/verdict/adapters/members.js';
import { faultsOf, markdownOf, TOLERANCE } from '../../bench/verdict/adapters/report.js';
import { runUnder, type Ran } from '../../bench/verdict/adapters/run.js';
import { deviationOf } from '../../bench/verdict/adapters/zoo.js';
import { isSwiftShader } from '../cli/weft.js';
import { skipped, suite } from '../support/harness.js';

const test = suite('adapters');

/** A convolutional, a recurrent, a normalised and a plain one. */
const MODELS = ['lenet5', 'convbn', 'lstm', 'mlp'];
const reference = isSwiftShader ? null : runUnder({}, MODELS);
if (isSwiftShader) skipped.push('adapters: models under each fact (too slow on SwiftShader)');

for (const { name, software } of FACTS) {
  if (typeof software === 'string' || reference === null) continue;
  test(`${name}: models run, with the numbers of the adapter as it is`, async () => {
    const ran = await runUnder(software, MODELS);
    const matrix = {
      family: '',
      models: MODELS,
      reference: await reference,
      rows: [{ name, models: MODELS.length, ran, compiled: 'none' as const }],
    };
    assert.equal(faultsOf(matrix), []);
    assert.is(ran.outcomes.size, MODELS.length);
    assert.ok([...ran.members].some((member) => member.startsWith('matmul workgroup')));
    assert.match(markdownOf(matrix), /\| 4 of 4 \|/);
  });
}

test('a model that does not run, or gives other numbers, is a fault', () => {
  const ran = (loss: number, failures: readonly [string, string][] = []): Ran => ({
    outcomes: new Map([['mlp', { loss, logits: [1, 2] }]]),
    failures: new Map(failures),
    members: new Set(),
  });
  const faults = (found: Ran): string[] => {
    const row = { name: 'a fact', models: 1, ran: found, compiled: 'none' as const };
    return faultsOf({ family: '', models: ['mlp'], reference: ran(2), rows: [row] });
  };
  assert.equal(faults(ran(2 * (1 + TOLERANCE / 2))), []);
  assert.match(faults(ran(2 * (1 + 2 * TOLERANCE)))[0], /a fact: mlp deviates/);
  assert.match(faults(ran(NaN))[0], /a fact: mlp deviates/);
  assert.match(faults(ran(2, [['cnn', 'no room']]))[0], /a fact: cnn does not run: no room/);
  assert.is(deviationOf({ loss: 1, logits: [1] }, { loss: 1, logits: [1, 1] }), Infinity);
});

test('members are named by family, member and tile', () => {
  assert.is(
    memberOf({ name: 'matmul_workgroup' }, { specialise: { TILE_M: '64u', TILE_N: '128u' } }),
    'matmul workgroup 64x128',
  );
  assert.is(memberOf({ name: 'conv2d_backward_weight_register' }, {}), 'conv2d_backward_weight register');
  assert.is(memberOf({ name: 'relu' }, {}), null);
});

test.run();
