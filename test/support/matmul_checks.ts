/** matmul with a bias, and sums of a's rows, in one launch: by every member of the family, and once with every tile. */
import type { Device } from '../../src/device/device.js';
import { hostTensor } from '../../src/kernels/launch/host_tensor.js';
import { matmul as matmulReference } from '../../src/kernels/matmul/reference.js';
import { matmul } from '../../src/kernels/matmul/matmul.js';
import { matmulFamily } from '../../src/kernels/matmul/family.js';
import { empty } from '../../src/tensor/tensor.js';
import { expectClose } from '../../src/cases/close.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';

interface MatmulCheck {
  readonly name: string;
  readonly run: (device: Device) => Promise<void>;
}

function check(
  transposeA: boolean,
  transposeB: boolean,
  [M, K, N]: readonly number[],
  batch: readonly number[],
  allTiles = false,
): MatmulCheck {
  const label = `batch (${batch.join()}), M ${M} K ${K} N ${N}, transposeA ${transposeA}, transposeB ${transposeB}`;
  return {
    name: `matmul with bias, ${label}`,
    run: async (device) => {
      const a = drawTensor([...batch, ...(transposeA ? [K, M] : [M, K])], UNIT, 1);
      const b = drawTensor([...batch, ...(transposeB ? [N, K] : [K, N])], UNIT, 2);
      const bias = drawTensor([N], UNIT, 3);
      const product = matmulReference(a, b, { transposeA, transposeB });
      const expected = hostTensor(
        product.shape,
        product.data.map((v, i) => v + bias.data[i % N]),
      );
      const problem = { batch: batch.reduce((n, d) => n * d, 1), M, N, K, transposeA, transposeB };
      for (const choice of matmulFamily
        .candidates(device, problem)
        .filter(
          (c, i, all) => allTiles || all.findIndex((d) => d.variant === c.variant && !d.SPLITS === !c.SPLITS) === i,
        )) {
        const rowSums = batch.length === 0 ? empty(device, [M]) : null;
        const c = matmul(upload(device, a), upload(device, b), {
          transposeA,
          transposeB,
          bias: upload(device, bias),
          rowSums,
          choice,
        });
        const where = `${label}, ${JSON.stringify(choice)}`;
        expectClose({
          op: 'matmul',
          argument: 'c',
          got: await c.read(),
          expected: expected.data,
          shape: expected.shape,
          pair: 'GPU with CPU',
          label: where,
        });
        if (rowSums === null) continue;
        const sums = Array.from({ length: M }, (_, m) =>
          Array.from({ length: K }, (_, k) => a.data[transposeA ? k * M + m : m * K + k]).reduce((x, y) => x + y, 0),
        );
        expectClose({
          op: 'matmul',
          argument: 'row_sums',
          got: await rowSums.read(),
          expected: sums,
          pair: 'GPU with CPU',
          label: where,
        });
      }
    },
  };
}

const BOTH = [false, true];

export const matmulChecks: readonly MatmulCheck[] = [
  ...BOTH.flatMap((ta) =>
    BOTH.flatMap((tb) => [
      check(ta, tb, [17, 13, 33], []),
      check(ta, tb, [5, 8, 12], [3]),
      check(ta, tb, [68, 20, 36], []),
    ]),
  ),
  check(true, false, [129, 17, 68], [], true),
  check(true, false, [20, 128, 12], []), // long enough for parts of K
];
