/** The tuner on a real device, with a family whose members are wrong in every way. */
import * as assert from 'uvu/assert';
import type { Choice } from '../../../src/device/choices.js';
import { Device } from '../../../src/device/device.js';
import { requireClose } from '../../../src/kernels/tune/stand.js';
import { askedProblems, tune, type ClassResult, type TuneResult } from '../../../src/kernels/tune/tuner.js';
import { tensor } from '../../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../../support/gpu.js';
import { double, doubled, doubleFamily, doubleTrials, right } from './fake_family.js';

const test = gpuSuite('tuner');

/** Tunes the family with these members for doubling tensors of these sizes. */
async function tuned(
  variants: readonly Choice[],
  sizes: readonly number[],
  seconds = 20,
  open = (): Promise<Device> => Device.create({ poison: false }),
): Promise<TuneResult> {
  const family = doubleFamily(variants);
  const device = await testDevice();
  const problems = askedProblems(device, () => doubled(device, family, sizes));
  return tune({ open, trials: [doubleTrials(family)], problems, seconds });
}

function only({ classes }: TuneResult): NonNullable<ClassResult['selection']> {
  assert.is(classes.length, 1);
  assert.ok(classes[0].selection);
  return classes[0].selection;
}

const BAD = ['wrong', 'does not compile', 'writes nothing', 'leaves the end', 'refuses', 'binds too little'].map(
  (variant) => ({ variant }),
);

test('the fastest right kernel wins; each bad one is rejected, with the reason, and harms nobody', async () => {
  const { choice, rejected, tried, milliseconds, defaultMilliseconds } = only(
    await tuned([right(30), ...BAD, right(1)], [5000]),
  );
  assert.equal(choice, right(1));
  assert.is(tried, 8);
  assert.ok(milliseconds !== null && defaultMilliseconds !== null && milliseconds < defaultMilliseconds / 2);
  const reasons = new Map(rejected.map((r) => [r.choice.variant, r.reason]));
  assert.equal(
    [...reasons.keys()],
    BAD.map((b) => b.variant),
  );
  assert.match(reasons.get('wrong') ?? '', /^wrong result: element \d+ is 14\.00\d*, the reference has 14$/);
  assert.match(
    reasons.get('does not compile') ?? '',
    /^kernel unary\|fn f:twice\(x\) does not compile:\nelementwise\/unary\.wgsl:\d+:\d+ error/,
  );
  assert.match(reasons.get('writes nothing') ?? '', /^wrong result: element 0 is NaN/);
  assert.match(
    reasons.get('leaves the end') ?? '',
    /^wrong result: element 100 is NaN, another kernel at full size has/,
  );
  assert.match(reasons.get('refuses') ?? '', /^\[double\] is too large/);
  assert.match(reasons.get('binds too little') ?? '', /^\[strided_copy\]/);
});

test('a default that is wrong gives way; where all are wrong there is no choice', async () => {
  assert.equal(only(await tuned([{ variant: 'wrong' }, right(3)], [50])).choice, right(3));
  const none = only(await tuned([{ variant: 'wrong' }, { variant: 'does not compile' }], [50]));
  assert.equal([none.choice, none.rejected.length], [null, 2]);
});

test('without timestamps the wall clock decides', async () => {
  const open = async (): Promise<Device> => {
    const device = await Device.create();
    (device.features as Set<string>).delete('timestamp-query');
    return device;
  };
  assert.equal(only(await tuned([right(40), right(1)], [5000], 20, open)).choice, right(1));
});

test('a lost GPU stops it and is named; what was found before stays', async () => {
  const { classes, lost } = await tuned([right(1), { variant: 'loses the device' }], [50, 5000]);
  assert.match(lost?.message ?? '', /^the GPU was lost while double loses the device ran/);
  assert.is(lost?.exitCode, 5);
  assert.equal(
    classes.map((c) => c.skipped),
    ['no time', 'no time'],
  );
});

test('costly classes come first; without time left the others are skipped', async () => {
  const order: string[] = [];
  const family = doubleFamily([right(2), right(1)]);
  const device = await testDevice();
  const problems = askedProblems(device, () => doubled(device, family, [10, 100_000, 1000, 1000]));
  assert.equal(
    problems.map((p) => [p.key, p.calls]),
    [
      ['double N16', 1],
      ['double N131072', 1],
      ['double N1024', 2],
    ],
  );
  const all = await tune({
    open: () => Device.create(),
    trials: [doubleTrials(family)],
    problems,
    seconds: 20,
    onClass: (key) => void order.push(key),
  });
  assert.equal(order, ['double N131072', 'double N1024', 'double N16']);
  assert.ok(all.classes.every((c) => c.selection !== null));
  const none = await tune({ open: () => Device.create(), trials: [doubleTrials(family)], problems, seconds: 0 });
  assert.ok(none.classes.every((c) => c.skipped === 'no time' && c.selection === null));
});

test('what was tried beside other programs is tried once more; in vain, and the default stays', async () => {
  const family = doubleFamily([right(30), right(1)]);
  const device = await testDevice();
  const problems = askedProblems(device, () => doubled(device, family, [5000]));
  const tuneBeside = async (busy: readonly boolean[]): Promise<ClassResult> => {
    const looks = [...busy];
    const { classes } = await tune({
      open: () => Device.create({ poison: false }),
      trials: [doubleTrials(family)],
      problems,
      seconds: 20,
      wasDisturbed: () => looks.shift() ?? false,
    });
    assert.equal(looks, []);
    return classes[0];
  };
  // the first look is at what came before
  assert.equal((await tuneBeside([true, true, false])).selection?.choice, right(1));
  const { selection, skipped } = await tuneBeside([false, true, true]);
  assert.equal([selection, skipped], [null, 'busy host']);
});

test('nothing is measured where there is no choice, or no trial', async () => {
  assert.equal(
    (await tuned([right(1), right(1)], [50])).classes.map((c) => c.skipped),
    ['one kernel'],
  );
  const family = doubleFamily([right(2), right(1)]);
  const device = await testDevice();
  const problems = askedProblems(device, () => doubled(device, family, [7]));
  const { classes } = await tune({ open: () => Device.create(), trials: [], problems, seconds: 5 });
  assert.equal(
    classes.map((c) => c.skipped),
    ['no trial'],
  );
});

test('a tuned choice is used for problems of its class only, and only while it is a candidate', async () => {
  const device = await testDevice();
  const family = doubleFamily([right(1), right(2)]);
  const dispatches = (size: number): number => {
    const before = device.statistics().dispatches;
    const x = tensor(device, new Float32Array(size));
    const uploaded = device.statistics().dispatches; // poisoning is a dispatch too
    device.step(() => void double(family, x));
    return device.statistics().dispatches - uploaded - (uploaded - before);
  };
  try {
    assert.is(dispatches(64), 1);
    device.choices.replace({ 'double N64': { TIMES: 2, variant: 'right' } });
    assert.equal([dispatches(64), dispatches(33), dispatches(65)], [2, 2, 1]);
    device.choices.replace({ 'double N64': right(3) });
    assert.is(dispatches(64), 1, 'no candidate any more: the default');
  } finally {
    device.choices.replace({});
  }
});

test('closeness: relative to the largest, no NaN, infinities where they belong', () => {
  const close = (got: number[], want: number[]): void => requireClose(got, want, 0.01, 'the reference');
  close([100, 0.9], [100, 0]);
  close([-Infinity, 1, NaN], [-Infinity, 1, NaN]);
  assert.throws(() => close([100, 1.1], [100, 0]), /element 1 is 1\.1/);
  assert.throws(() => close([1, NaN], [1, 1]), /element 1 is NaN/);
  assert.throws(() => close([1, Infinity], [1, 1]), /element 1 is Infinity/);
  assert.throws(() => close([1], [1, 1]), /1 numbers/);
});

test.run();
