/** What kernels are timed on when they have passed: the solutions run there, and Weft makes the same of the inputs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import * as F from '../../src/autograd/ops/index.js';
import { exercisesOf, lessons } from '../../src/cli/learn/course.js';
import { drawing } from '../../src/learn/draw.js';
import { runKernel } from '../../src/learn/measure.js';
import { timeKernels } from '../../src/learn/time_kernel.js';
import { tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('lessons, timed');

for (const lesson of lessons()) {
  const exercises = await exercisesOf(lesson);
  for (const { name, file } of lesson.exercises) {
    const exercise = exercises[name];
    if (exercise.kind !== 'kernel') continue;
    const wgsl = readFileSync(join(lesson.path, 'solution', file), 'utf8');

    test(`${lesson.number} ${name}: what it is timed on fits the kernel`, async () => {
      const { timed, bindings, words = [] } = exercise;
      assert.ok(timed !== undefined, 'a solved kernel is timed');
      const device = await testDevice();
      const { inputs, outputs, params = [], workgroups, weft } = timed(drawing(0));
      const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
      const bound = Object.keys(bindings)
        .filter((binding) => bindings[binding] !== 'params')
        .map((binding) => {
          const given = inputs[binding];
          if (given === undefined)
            return [
              binding,
              tensor(device, new Float32Array(count(outputs[binding])).fill(NaN), { shape: outputs[binding] }),
            ] as const;
          const isWords = words.includes(binding);
          const numbers = isWords ? Uint32Array.from(given.data) : Float32Array.from(given.data);
          return [binding, tensor(device, numbers, { shape: given.shape, dtype: isWords ? 'u32' : 'f32' })] as const;
        });
      const tensors = Object.fromEntries(bound);
      runKernel(device, {
        name: `timed test ${lesson.number} ${name}`,
        wgsl,
        bindings: Object.values(bindings),
        tensors: bound.map(([, t]) => t),
        params,
        workgroups,
      });
      for (const output of Object.keys(outputs)) {
        const values = await tensors[output].read();
        assert.ok(values.every(Number.isFinite), `all of ${output} is written`);
        if (weft === undefined || output !== Object.keys(outputs)[0]) continue;
        const expected = Array.from(await device.step(() => weft.run(tensors, F)).read());
        assert.is(expected.length, values.length);
        const room = 1e-3 * expected.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
        assert.ok(
          values.every((v, i) => Math.abs(v - expected[i]) <= room),
          `${weft.name} makes the same`,
        );
      }
      for (const t of Object.values(tensors)) t.release();
    });
  }
}

test('kernels take turns, and each has its time', async () => {
  const lesson = lessons()[2];
  const exercise = (await exercisesOf(lesson))['add'];
  assert.ok(exercise.kind === 'kernel');
  const wgsl = readFileSync(join(lesson.path, 'solution', 'add.wgsl'), 'utf8');
  const timed = await timeKernels(await testDevice(), exercise, { one: wgsl, other: `${wgsl}\n` }, 1);
  assert.equal(
    timed?.times.map((t) => t.name),
    ['one', 'other', 'add(a, b)'],
  );
  assert.ok(timed?.times.every((t) => t.milliseconds > 0 && t.milliseconds < 1e4));
});

test.run();
