/**
 * matmul with a bias, and sums of a's rows, in one launch: by every member of the family whichever operands are
 * transposed, at one of the sizes (support/covering), and once with every tile.
 */
import type { Choice } from '../../src/device/choices.js';
import type { Device } from '../../src/device/device.js';
import { hostTensor } from '../../src/kernels/launch/host_tensor.js';
import { matmul as matmulReference } from '../../src/kernels/matmul/reference.js';
import { matmul } from '../../src/kernels/matmul/matmul.js';
import { matmulFamily, type MatmulProblem } from '../../src/kernels/matmul/family.js';
import { empty } from '../../src/tensor/tensor.js';
import { expectClose } from '../../src/cases/close.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';
import { covering } from './covering.js';

interface MatmulCheck {
  readonly name: string;
  readonly run: (device: Device) => Promise<void>;
}

type Sizes = readonly [M: number, K: number, N: number];

interface Product {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly sizes: Sizes;
  readonly batch: readonly number[];
}

const problemOf = ({ transposeA, transposeB, sizes: [M, K, N], batch }: Product): MatmulProblem => ({
  batch: batch.reduce((n, d) => n * d, 1),
  M,
  N,
  K,
  transposeA,
  transposeB,
});

/** The first tile of each member. */
const membersOf = (device: Device, product: Product): Choice[] =>
  matmulFamily
    .candidates(device, problemOf(product))
    .filter((c, i, all) => all.findIndex((d) => d.variant === c.variant && !d.SPLITS === !c.SPLITS) === i);

const everyTile = (device: Device, product: Product): readonly Choice[] =>
  matmulFamily.candidates(device, problemOf(product));

/** The members, each on one of the products at least. */
function membersTried(products: readonly Product[]): readonly MatmulCheck[] {
  const tried = (device: Device): Choice[][] =>
    covering(
      products.map((product) => membersOf(device, product)),
      () => false,
    );
  return products.map((product, i) => check(product, (device) => tried(device)[i]));
}

function check(product: Product, choicesOf: (device: Device, product: Product) => readonly Choice[]): MatmulCheck {
  const { transposeA, transposeB, sizes, batch } = product;
  const [M, K, N] = sizes;
  const label = `batch (${batch.join()}), M ${M} K ${K} N ${N}, transposeA ${transposeA}, transposeB ${transposeB}`;
  return {
    name: `matmul with bias, ${label}`,
    run: async (device) => {
      const a = drawTensor([...batch, ...(transposeA ? [K, M] : [M, K])], UNIT, 1);
      const b = drawTensor([...batch, ...(transposeB ? [N, K] : [K, N])], UNIT, 2);
      const bias = drawTensor([N], UNIT, 3);
      const without = matmulReference(a, b, { transposeA, transposeB });
      const expected = hostTensor(
        without.shape,
        without.data.map((v, i) => v + bias.data[i % N]),
      );
      for (const choice of choicesOf(device, product)) {
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
  ...BOTH.flatMap((transposeA) =>
    BOTH.flatMap((transposeB) =>
      membersTried([
        { transposeA, transposeB, sizes: [17, 13, 33], batch: [] },
        { transposeA, transposeB, sizes: [68, 20, 36], batch: [] },
        { transposeA, transposeB, sizes: [5, 8, 12], batch: [3] },
      ]),
    ),
  ),
  check({ transposeA: true, transposeB: false, sizes: [129, 17, 68], batch: [] }, everyTile),
  // long enough for parts of K
  check({ transposeA: true, transposeB: false, sizes: [20, 128, 12], batch: [] }, membersOf),
];
