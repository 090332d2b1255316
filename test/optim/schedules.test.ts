/** Learning-rate schedules: PyTorch's numbers, the dynamic one's formula, refusals. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/device/errors.js';
import type { FitConfig } from '../../src/train/config.js';
import { plateauCuts } from '../../src/optim/schedules/plateau.js';
import { rateChange } from '../../src/train/rate_change.js';
import { makeSchedule, SCHEDULES, type ScheduleConfig } from '../../src/optim/schedules/schedule.js';
import { suite } from '../support/harness.js';
import { HEADER } from '../train/fixtures.js';

interface Golden {
  readonly lr: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly losses: readonly number[];
  readonly cases: readonly { readonly schedule: ScheduleConfig; readonly rates: readonly number[] }[];
  readonly plateau: Golden['cases'];
}

const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/numbers/schedules.json', import.meta.url), 'utf8'),
) as Golden;
const { lr, epochs, stepsPerEpoch } = golden;
const RUN = { lr, epochs, stepsPerEpoch, batch: 64 };

const test = suite('schedules');

function near(got: number, expected: number, what: string): void {
  assert.ok(
    Math.abs(got - expected) <= 1e-9 * Math.max(Math.abs(expected), 1e-6),
    `${what}: got ${got}, expected ${expected}`,
  );
}

for (const { schedule, rates } of golden.cases) {
  test(`${JSON.stringify(schedule)} is PyTorch's`, () => {
    const rate = makeSchedule(schedule, RUN);
    assert.is(rates.length, epochs * stepsPerEpoch);
    for (const [t, expected] of rates.entries()) near(rate(t, []), expected, `step ${t}`);
  });
}

for (const { schedule, rates } of golden.plateau) {
  test(`${JSON.stringify(schedule)} is PyTorch's`, () => {
    const rate = makeSchedule(schedule, { ...RUN, epochs: rates.length });
    for (const [epoch, expected] of rates.entries()) {
      for (const step of [0, stepsPerEpoch - 1])
        near(rate(epoch * stepsPerEpoch + step, golden.losses.slice(0, epoch)), expected, `epoch ${epoch}`);
    }
  });
}

test('dynamic: 0.1, 0.01, 0.001 over the run, scaled with the batch, warmed up, cut when the loss stays', () => {
  const run = { lr: 0.1, epochs: 10, stepsPerEpoch: 100, batch: 128 };
  const rate = makeSchedule({ name: 'dynamic' }, run);
  near(rate(500, []), 0.01, 'middle');
  near(rate(1000, []), 0.001, 'end');
  near(rate(0, []), 0.1 / 101, 'first step');
  near(rate(99, []), 0.1 * (100 / 101) * 100 ** -0.099, 'last step of the warm-up');
  near(rate(100, []), 0.1 * 100 ** -0.1, 'after it');
  near(makeSchedule({ name: 'dynamic', warmup: 0 }, run)(0, []), 0.1, 'start without warm-up');
  near(makeSchedule({ name: 'dynamic' }, { ...run, batch: 32 })(500, []), 0.0025, 'a quarter of the batch');
  near(rate(500, [1, 0.5, 0.6, 0.6, 0.4]), 0.005, 'one cut');
  near(rate(500, [1, 0.5, 0.6, 0.4, 0.5]), 0.01, 'a single bad epoch is borne');
  near(makeSchedule({ name: 'dynamic', min: 0.02 }, run)(900, []), 0.02, 'never below min');
  for (let t = 101; t < 1000; t++) assert.ok(rate(t, []) < rate(t - 1, []), 'falls with every step');
});

test('plateauCuts: no losses, equal losses, nulls', () => {
  assert.equal(
    [[], [null, null], [1, 1], [1, null, 1, 1]].map((losses) => plateauCuts(losses, 0)),
    [0, 0, 1, 2],
  );
});

test('rates are finite and not negative for runs of any size', () => {
  for (const name of SCHEDULES) {
    for (const [e, s] of [
      [1, 1],
      [1, 7],
      [2, 5],
      [10, 1],
    ] as const) {
      const rate = makeSchedule({ name }, { lr: 0.1, epochs: e, stepsPerEpoch: s, batch: 64 });
      for (let t = 0; t < e * s; t++)
        assert.ok(rate(t, []) >= 0 && rate(t, []) <= 0.1 + 1e-12, `${name} ${e}x${s} step ${t}: ${rate(t, [])}`);
    }
  }
});

test('settings of other schedules and out of range are refused', () => {
  const refused = (config: object, message: RegExp): void => {
    assert.throws(
      () => makeSchedule(config as ScheduleConfig, RUN),
      (e: unknown) => e instanceof UsageError && message.test(e.message),
    );
  };
  refused({ name: 'linear' }, /no schedule "linear"/);
  refused({ name: 'cosine', gamma: 0.1 }, /cosine has no gamma/);
  refused({ name: 'onecycle', warmup: 1 }, /onecycle has no warmup/);
  refused({ name: 'step', gamma: 0 }, /gamma 0 .* above 0/);
  refused({ name: 'step', step: 1.5 }, /step 1.5 .* whole/);
  refused({ name: 'multistep', milestones: [3, 2] }, /milestones \[3,2\]/);
  refused({ name: 'onecycle', rise: 1 }, /rise 1/);
  refused({ name: 'constant', warmup: -1 }, /warmup -1/);
});

test('more epochs for a run that is resumed: a rate that jumps is told', () => {
  const progress = { ...HEADER.progress, epoch: 2, step: 0 };
  const twoEpochs = (name: 'cosine' | 'constant'): Pick<FitConfig, 'epochs' | 'schedule'> => ({
    epochs: 2,
    schedule: { name },
  });
  const run = { lr: 0.1, epochs: 4, stepsPerEpoch: 10, batch: 8 };
  const [before, after] = rateChange(twoEpochs('cosine'), progress, makeSchedule({ name: 'cosine' }, run), run) ?? [];
  assert.ok(before !== undefined && before < 0.001 && Math.abs((after ?? 0) - 0.05) < 1e-9, `${before} to ${after}`);
  assert.is(rateChange(twoEpochs('constant'), progress, makeSchedule({ name: 'constant' }, run), run), null);
  assert.is(
    rateChange(twoEpochs('cosine'), progress, makeSchedule({ name: 'cosine' }, { ...run, epochs: 2 }), {
      ...run,
      epochs: 2,
    }),
    null,
  );
});

test.run();
