/** einsum: against the loops over all labels; what is refused. */
import { formatShape } from '../../src/tensor/shape.js';
import { einsum } from '../../src/autograd/ops/index.js';
import { zeros, type Tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { expectShapeErrors } from '../support/shape_errors.js';

const test = gpuSuite('einsum');

test('what is refused', async () => {
  const device = await testDevice();
  const of = (...shape: number[]): Tensor => zeros(device, shape);
  const refused = (equation: string, shapes: readonly (readonly number[])[], rule: string) =>
    [
      () => einsum(equation, ...shapes.map((s) => of(...s))),
      `[einsum] "${equation}" of ${shapes.map(formatShape).join(', ') || 'nothing'}: ${rule}`,
    ] as const;
  expectShapeErrors([
    refused('ij,jk', [[2, 3]], '2 terms for 1 tensors'),
    refused('', [], '1 terms for 0 tensors'),
    refused('i->j->k', [[2]], 'has more than one ->'),
    refused('i1', [[2, 3]], '"i1" is not letters and at most one ellipsis'),
    refused('...i...', [[2, 3]], '"...i..." is not letters and at most one ellipsis'),
    refused('..i', [[2, 3]], '"..i" is not letters'),
    refused('ijk', [[2, 3]], '"ijk" names 3 dimensions of (2, 3)'),
    refused('i', [[2, 3]], '"i" names 1 dimensions of (2, 3)'),
    refused('i...jk', [[2, 3]], '"i...jk" names 3 dimensions of (2, 3)'),
    refused('ij,jk->ik', [[2, 3], [4, 5]], 'j has the sizes 3 and 4'), // prettier-ignore
    refused('...i,...i', [[2, 3], [4, 3]], 'the ellipsis has the sizes 2 and 4'), // prettier-ignore
    refused('ii', [[2, 3]], 'i has the sizes 2 and 3'),
    refused('ii', [[1, 3]], '"ii" takes a diagonal of (1, 3), whose sizes differ'),
    refused('ij->ik', [[2, 3]], 'k of the result is in no term'),
    refused('ij->ii', [[2, 3]], 'i is twice in the result'),
  ]);
});

test.run();
