/**
 * The table: for every op of Weft the nodes of ONNX that compute it, or why there are none. A test walks all ops and
 * asks for one of the two.
 */
import { ELEMENTWISE } from './rows/elementwise.js';
import { MOVEMENT } from './rows/movement.js';
import { NORMS } from './rows/norm.js';
import { POOLS } from './rows/pool2d.js';
import { PRODUCTS } from './rows/products.js';
import { RECURRENT } from './rows/recurrent.js';
import { REDUCTIONS } from './rows/reduce.js';
import type { Rows } from './rows/row.js';

export const ROWS_OF_OPS: Rows = {
  ...ELEMENTWISE,
  ...MOVEMENT,
  ...NORMS,
  ...POOLS,
  ...PRODUCTS,
  ...RECURRENT,
  ...REDUCTIONS,
};

const LOSS = 'it is a loss, of training and not of use';
const CHANCE = 'it draws from chance: a network in evaluation does not';

/** Why an op has no row. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  mse_loss: LOSS,
  l1_loss: LOSS,
  smooth_l1_loss: LOSS,
  binary_cross_entropy_with_logits: LOSS,
  binary_cross_entropy_with_labels: LOSS,
  focal_loss: LOSS,
  gaussian_kl: LOSS,
  cross_entropy: LOSS,
  nll_loss: LOSS,
  linear_cross_entropy: LOSS,
  dropout: CHANCE,
  dropout2d: CHANCE,
  max_unpool2d: 'its indices are of planes, those of ONNX’s MaxUnpool of the whole tensor',
};
