/** How candidates compete, with a stand and a clock that are made up. */
import * as assert from 'uvu/assert';
import type { Choice } from '../../../src/device/choices.js';
import { LostError, select, type Stand } from '../../../src/kernels/tune/select.js';
import { suite } from '../../support/harness.js';

const test = suite('tuner: selection');

interface Made {
  /** Milliseconds of a run; a list: of one measurement after the other, the last for all that follow. */
  readonly ms?: number | readonly number[];
  readonly invalid?: string;
  /** Seconds that validating takes. */
  readonly compiling?: number;
  /** The measurement (counted from 0) that fails. */
  readonly failsAt?: number;
}

/** A stand on which time passes only as the candidates say. */
class MadeUpStand implements Stand {
  readonly sampleMilliseconds = 10;
  readonly timed: string[] = [];
  seconds = 0;
  readonly #made: Readonly<Record<string, Made>>;

  constructor(made: Readonly<Record<string, Made>>) {
    this.#made = made;
  }

  get candidates(): Choice[] {
    return Object.keys(this.#made).map((variant) => ({ variant }));
  }

  async validate({ variant }: Choice): Promise<void> {
    const { invalid, compiling = 0 } = this.#made[variant];
    this.seconds += compiling;
    if (invalid === 'lost') throw new LostError('the GPU was lost');
    if (invalid !== undefined) throw new Error(invalid);
  }

  async time({ variant }: Choice, runs: number): Promise<number> {
    const { ms = 1, failsAt } = this.#made[variant];
    const before = this.timed.filter((v) => v === variant).length;
    this.timed.push(variant);
    if (failsAt === before) throw new Error('failed at last');
    const each = typeof ms === 'number' ? ms : ms[Math.min(before, ms.length - 1)];
    this.seconds += (runs * each) / 1000;
    return each;
  }

  run(seconds = 1000): ReturnType<typeof select> {
    return select(this.candidates, this, seconds, () => this.seconds);
  }
}

test('the fastest wins, with its time and the default’s', async () => {
  const s = await new MadeUpStand({ default: { ms: 3 }, slow: { ms: 4 }, fast: { ms: 2 }, middle: { ms: 2.5 } }).run();
  assert.equal(
    [s.choice, s.milliseconds, s.defaultMilliseconds, s.tried, s.untried, s.rejected],
    [{ variant: 'fast' }, 2, 3, 4, 0, []],
  );
});

test('the default stays unless it is beaten by 5 %', async () => {
  assert.is((await new MadeUpStand({ default: { ms: 1 }, other: { ms: 0.96 } }).run()).choice?.variant, 'default');
  assert.is((await new MadeUpStand({ default: { ms: 1 }, other: { ms: 0.94 } }).run()).choice?.variant, 'other');
});

test('a wrong result and a failure never win, however fast; a default that fails loses its place', async () => {
  const s = await new MadeUpStand({
    default: { ms: 9, invalid: 'wrong result' },
    a: { ms: 0.1, invalid: 'does not compile' },
    b: { ms: 5 },
    c: { ms: 4, failsAt: 2 },
    d: { ms: 6 },
  }).run();
  assert.equal(s.choice, { variant: 'b' });
  assert.is(s.defaultMilliseconds, null);
  assert.equal(
    s.rejected.map((r) => `${r.choice.variant}: ${r.reason}`),
    ['default: wrong result', 'a: does not compile', 'c: failed at last'],
  );
  const none = await new MadeUpStand({ default: { invalid: 'x' }, a: { invalid: 'y' } }).run();
  assert.equal([none.choice, none.milliseconds, none.rejected.length], [null, null, 2]);
});

test('who needs twice the best time goes home at once; the others and the default take turns', async () => {
  const stand = new MadeUpStand({ default: { ms: 1.8 }, a: { ms: 1.5 }, b: { ms: 0.7 }, c: { ms: 2.1 } });
  await stand.run();
  const times = (variant: string): number => stand.timed.filter((v) => v === variant).length;
  assert.equal([times('a'), times('c')], [1, 2], 'the hopeless one has a second chance');
  assert.ok(times('b') >= 5 && times('b') === times('default'));
  assert.equal(stand.timed.slice(5, 9), ['default', 'b', 'b', 'default']);
});

test('one slow moment does not decide: the median counts, and the first run is no measurement', async () => {
  const s = await new MadeUpStand({
    default: { ms: 2 },
    fast: { ms: [1.9, 1, 1, 50, 1, 1, 50, 1] },
    lucky: { ms: [0.99, 2.5] },
    unlucky: { ms: [50, 1.5] },
  }).run();
  assert.equal([s.choice, s.milliseconds], [{ variant: 'fast' }, 1]);
});

test('time is bounded: later candidates are not tried, rounds end, the default is always tried', async () => {
  const stand = new MadeUpStand({
    default: { ms: 3, compiling: 5 },
    a: { ms: 1, compiling: 5 },
    b: { ms: 0.1 },
    c: {},
  });
  const s = await stand.run(10);
  assert.equal([s.choice, s.tried, s.untried], [{ variant: 'a' }, 2, 2]);
  assert.ok(stand.seconds < 10.2);
  const late = await new MadeUpStand({ default: { ms: 3, compiling: 5 }, a: { ms: 1 } }).run(1);
  assert.equal([late.choice, late.milliseconds, late.untried], [{ variant: 'default' }, 3, 1]);
  const rounds = new MadeUpStand({ default: { ms: 1500 }, a: { ms: 1400 }, b: { ms: 1300 } });
  assert.is((await rounds.run(6)).choice?.variant, 'b');
  assert.ok(rounds.timed.length <= 9, String(rounds.timed));
});

test('a lost GPU ends it', async () => {
  try {
    await new MadeUpStand({ default: {}, a: { invalid: 'lost' }, b: {} }).run();
    assert.unreachable();
  } catch (error) {
    assert.instance(error, LostError);
  }
});

test.run();
