/** Ops that move numbers: their gradients move them back, and add where one number went to several places. */
import type { OpTexts } from './explain_entry.js';

const WINDOWS = 'dx adds up what the windows that saw an element send back: a gather from its side, no atomics';
const RESIZED = 'dx[i] = sum over the outputs that read i of their weight * dy';

export const MOVEMENT_TEXTS: readonly (readonly [string, OpTexts])[] = [
  [
    'pooling: over windows of a plane',
    {
      max_pool2d: {
        formula: 'y[oy, ox] = the largest x of the window at (oy * stride - padding, ox * stride - padding)',
        gradient: { x: 'dx = dy where the window found its largest (the first of equals), else 0' },
      },
      avg_pool2d: {
        formula: 'y[oy, ox] = (1 / area) * sum over the window of x',
        gradient: { x: `dx = sum of dy / area over the windows that saw it. ${WINDOWS}` },
      },
      adaptive_max_pool2d: {
        formula: 'y[oy, ox] = the largest x with floor(oy H / oH) <= iy < ceil((oy + 1) H / oH), and so for ix',
        gradient: { x: 'dx = dy where the window found its largest, else 0' },
      },
      adaptive_avg_pool2d: {
        formula: 'y[oy, ox] = mean of x with floor(oy H / oH) <= iy < ceil((oy + 1) H / oH), and so for ix',
        gradient: { x: `dx = sum of dy / area over the windows that saw it. ${WINDOWS}` },
      },
      max_unpool2d: {
        formula: 'y[indices[i]] = x[i], else 0',
        gradient: { x: 'dx[i] = dy[indices[i]]' },
      },
    },
  ],
  [
    'resizing',
    {
      upsample_nearest: {
        formula: 'y[oy, ox] = x[floor(oy H / oH), floor(ox W / oW)]',
        gradient: { x: 'dx[i] = sum of dy over the outputs that copied i' },
      },
      upsample_nearest_exact: {
        formula: 'y[oy, ox] = x[floor((oy + 0.5) H / oH), floor((ox + 0.5) W / oW)]',
        gradient: { x: 'dx[i] = sum of dy over the outputs that copied i' },
      },
      upsample_bilinear: {
        formula: 'y[oy, ox] = sum over the 2 x 2 pixels around the place of (1 - |distance y|) (1 - |distance x|) * x',
        gradient: { x: RESIZED },
      },
      upsample_bicubic: {
        formula: 'y[oy, ox] = sum over the 4 x 4 pixels around the place of cubic(distance y) cubic(distance x) * x',
        gradient: { x: RESIZED },
        note: 'The cubic is Keys’s with a = -0.75, as in PyTorch.',
      },
    },
  ],
  [
    'movement: the same numbers elsewhere',
    {
      reshape: { formula: 'y = x, in another shape; nothing is copied', gradient: { x: 'dx = dy, in the shape of x' } },
      permute: {
        formula: 'y[i0, i1, …] = x, its dimensions in another order',
        gradient: { x: 'dx = dy in the inverse order' },
      },
      slice: {
        formula: 'y[…, i, …] = x[…, start + i, …]',
        gradient: { x: 'dx = dy from start on, 0 elsewhere' },
      },
      cat: {
        formula: 'y = x0, x1, … one after the other along dim',
        gradient: { x: 'dx_i = the part of dy that x_i made' },
      },
      expand: {
        formula: 'y[…, i, …] = x[…, 0, …] for every i of a dimension that was 1',
        gradient: { x: 'dx = sum of dy over the dimensions that were repeated' },
      },
      flip: {
        formula: 'y[…, i, …] = x[…, size - 1 - i, …] for the dimensions named',
        gradient: { x: 'dx = flip(dy)' },
      },
      pad: {
        formula: 'y[i] = x[i - before], outside of x a constant, or x’s edge, mirrored or repeated',
        gradient: { x: 'dx[i] = dy[i + before], and the sum of what edges were copied from it' },
      },
      tril: {
        formula: 'y[i, j] = x[i, j] if j <= i + diagonal, else 0',
        gradient: { x: 'dx = tril(dy)' },
      },
      triu: {
        formula: 'y[i, j] = x[i, j] if j >= i + diagonal, else 0',
        gradient: { x: 'dx = triu(dy)' },
      },
      where: {
        formula: 'y = a where condition, else b',
        gradient: { a: 'da = dy where condition, else 0', b: 'db = 0 where condition, else dy' },
      },
      cast: { formula: 'y = x, stored as another type', gradient: { x: 'dx = dy, stored as x is' } },
    },
  ],
  [
    'indexing: places that tensors name',
    {
      index_select: {
        formula: 'y[…, i, …] = x[…, index[i], …]',
        gradient: { x: 'dx[…, j, …] = sum of dy[…, i, …] over all i with index[i] = j' },
      },
      embedding: {
        formula: 'y[i] = weight[index[i]]',
        gradient: { weight: 'dweight[j] = sum of dy[i] over all i with index[i] = j; 0 for the padding index' },
      },
      gather: {
        formula: 'y[…, i, …] = x[…, index[…, i, …], …]',
        gradient: { x: 'dx[…, j, …] = sum of dy[…, i, …] over all i with index[…, i, …] = j' },
      },
      scatter_add: {
        formula: 'y[…, j, …] = x[…, j, …] + sum of src[…, i, …] over all i with index[…, i, …] = j',
        gradient: { x: 'dx = dy', src: 'dsrc[…, i, …] = dy[…, index[…, i, …], …]' },
      },
      one_hot: { formula: 'y[i, c] = 1 if c = index[i], else 0', gradient: {} },
    },
  ],
  [
    'random',
    {
      dropout: {
        formula: 'y = x * mask, mask drawn anew for each element: 1 / (1 - p) with probability 1 - p, else 0',
        gradient: { x: 'dx = dy * mask, with the same draw' },
      },
      dropout2d: {
        formula: 'y[n, c] = x[n, c] * mask[n, c]: whole channels are dropped',
        gradient: { x: 'dx = dy * mask, with the same draw' },
      },
    },
  ],
];
