/** Reductions; and each member of the family, with the shapes that the other would get. */
import { reduce as reference } from '../../../src/kernels/reduce/reference.js';
import { reduce, type Term } from '../../../src/kernels/reduce/reduce.js';
import { expectClose } from '../../../src/cases/close.js';
import { gpuSuite, testDevice } from '../../support/gpu.js';
import { UNIT, drawTensor, upload } from '../../../src/cases/draw.js';

const test = gpuSuite('reduce');

const SHAPES: readonly (readonly [shape: readonly number[], dims: readonly number[]])[] = [
  [[67, 132], [0]],
  [[9, 1028], [1]],
  [
    [5, 3, 4, 8],
    [0, 2, 3],
  ],
  [
    [5, 3, 7, 3],
    [0, 2, 3],
  ],
  [[1], [0]],
  [[4100, 3, 4], [1]],
];

for (const variant of ['naive', 'workgroup']) {
  for (const [shape, dims] of SHAPES) {
    test(`${variant}: sum of squares of (${shape.join(', ')}) over (${dims.join(', ')})`, async () => {
      const x = drawTensor(shape, UNIT, shape[0]);
      const term: Term = 'square';
      const got = reduce('sum', upload(await testDevice(), x), dims, { term, choice: { variant } });
      const expected = reference('sum', { ...x, data: x.data.map((v) => v * v) }, dims);
      expectClose({
        op: 'sum',
        argument: 'y',
        got: await got.read(),
        expected: expected.data,
        pair: 'GPU with CPU',
        label: variant,
      });
    });
  }
}

test.run();
