/** Cases of einsum: products of matrices, outer and inner, diagonals, ellipses, sizes of 1, three tensors. */
import { einsum } from '../../autograd/ops/index.js';
import * as reference from '../../kernels/matmul/einsum_reference.js';
import { UNIT } from '../draw.js';
import { defineSpec, type OpSpec } from '../spec.js';

const CASES: readonly (readonly [equation: string, shapes: readonly (readonly number[])[]])[] = [
  ['', [[]]],
  ['ij->ji', [[3, 65]]],
  ['ij->', [[7, 13]]],
  ['ba', [[3, 5]]], // implicit: transposed
  ['ii', [[9, 9]]], // the trace
  ['ii->i', [[9, 9]]],
  ['bii->ib', [[3, 5, 5]]],
  ['iji->j', [[4, 3, 4]]],
  ['iii->i', [[4, 4, 4]]],
  [
    'ij,jk',
    [
      [7, 5],
      [5, 67],
    ],
  ],
  [
    'ij,kj->ik',
    [
      [7, 5],
      [67, 5],
    ],
  ], // read transposed, not copied
  [
    'ji,jk->ki',
    [
      [5, 7],
      [5, 9],
    ],
  ],
  [
    'bij,bjk->bik',
    [
      [3, 4, 5],
      [3, 5, 6],
    ],
  ],
  [
    'bhld,bhsd->bhls',
    [
      [2, 3, 4, 5],
      [2, 3, 7, 5],
    ],
  ],
  [
    'blhd,bshd->bhls',
    [
      [2, 4, 3, 5],
      [2, 7, 3, 5],
    ],
  ],
  ['i,j->ij', [[33], [65]]],
  ['i,i', [[131], [131]]],
  [
    'bi,bi->b',
    [
      [5, 67],
      [5, 67],
    ],
  ],
  [
    'ij,ij->ij',
    [
      [7, 13],
      [7, 13],
    ],
  ],
  [
    'ijk,jl->kil',
    [
      [2, 3, 4],
      [3, 5],
    ],
  ],
  [
    '...ij,...jk->...ik',
    [
      [2, 1, 3, 4],
      [3, 4, 5],
    ],
  ], // the ellipses broadcast
  ['...i->...', [[2, 3, 5]]],
  [
    'i...,i...->i',
    [
      [3, 2, 4],
      [3, 2, 4],
    ],
  ],
  [
    'ij,jk->ik',
    [
      [7, 1],
      [5, 3],
    ],
  ], // a size of 1 repeats
  [
    'ij,jk->ik',
    [
      [1, 5],
      [5, 1],
    ],
  ],
  [
    'ij,jk,kl->il',
    [
      [2, 3],
      [3, 4],
      [4, 5],
    ],
  ],
  ['i,ij,j->', [[3], [3, 5], [5]]],
  [
    'ij,ik,il->jkl',
    [
      [5, 2],
      [5, 3],
      [5, 4],
    ],
  ], // i is summed last
  ['ij,k->i', [[3, 4], [5]]], // summed before they meet
  [
    'ij,jk->ik',
    [
      [3, 0],
      [0, 2],
    ],
  ],
  [
    'ij,jk->ik',
    [
      [0, 3],
      [3, 2],
    ],
  ],
  ['bij->bji', [[2, 0, 3]]],
];

export const einsumSpecs: readonly OpSpec[] = [
  defineSpec<{ readonly equation: string }>({
    op: 'einsum',
    composed: true,
    inputs: [{ name: 'x', domain: UNIT }],
    gpu: (inputs, { equation }) => einsum(equation, ...inputs),
    cpu: (inputs, { equation }) => reference.einsum(equation, inputs),
    bench: [
      {
        shapes: [
          [8, 64, 4, 32],
          [8, 64, 4, 32],
        ],
        args: { equation: 'blhd,bshd->bhls' },
        flops: 2 * 8 * 4 * 64 * 64 * 32,
      },
    ],
    cases: CASES.map(([equation, shapes]) => ({ shapes, args: { equation } })),
  }),
];
