/** Products: matrices, convolutions, recurrent layers, distances. */
import type { OpTexts } from './explain_entry.js';

const LAYER = {
  x: 'per step: gradient of the gates @ w_ih',
  w: 'w_ih: (gradient of the gates)^T @ x; w_hh: (gradient of the gates)^T @ h before the step; biases: their sums',
};

const ATTENTION_NOTE = 'p and g are worked out a tile at a time, again in backward, and never lie in memory.';

export const PRODUCT_TEXTS: readonly (readonly [string, OpTexts])[] = [
  [
    'products of matrices',
    {
      matmul: {
        formula: 'c[m, n] = sum over k of a[m, k] * b[k, n]',
        gradient: { a: 'da = dc @ b^T', b: 'db = a^T @ dc' },
        note: 'Dimensions before the last two are a batch; they broadcast.',
      },
      addmm: {
        formula: 'y[m, n] = beta * input[m, n] + alpha * sum over k of a[m, k] * b[k, n]',
        gradient: {
          input: 'beta * dy, summed over what was repeated',
          a: 'alpha * dy @ b^T',
          b: 'alpha * a^T @ dy',
        },
      },
      linear: {
        formula: 'y[n, o] = activation(bias[o] + sum over i of x[n, i] * w[o, i])',
        gradient: { x: 'dx = dy @ w', w: 'dw = dy^T @ x', bias: 'dbias = sum over n of dy' },
        note: 'With an activation, dy goes through its gradient first.',
      },
      linear_cross_entropy: {
        formula: 'y[n] = log(sum over c of exp(x[n] . w[c] + bias[c])) - (x[n] . w[label[n]] + bias[label[n]])',
        gradient: {
          x: 'dx[n] = sum over c of g[n, c] * w[c], where g = dy[n] * (softmax(x @ w^T + bias) - one_hot(label))',
          w: 'dw = g^T @ x',
          bias: 'dbias = sum over n of g',
        },
        note: 'Head and loss in one: scores are made block by block and never lie in memory as a whole.',
      },
      cdist: {
        formula: 'y[n, m] = sqrt(sum over d of (a[n, d] - b[m, d])^2)',
        gradient: {
          a: 'da[n] = sum over m of dy[n, m] * (a[n] - b[m]) / y[n, m]; 0 where y is 0',
          b: 'db[m] = sum over n of dy[n, m] * (b[m] - a[n]) / y[n, m]; 0 where y is 0',
        },
      },
    },
  ],
  [
    'attention',
    {
      scaled_dot_product_attention: {
        formula:
          'y[l] = sum over s of p[l, s] * v[s], where p[l] = softmax over s of (scale * q[l] . k[s] + mask[l, s])',
        gradient: {
          q: 'dq[l] = scale * sum over s of g[l, s] * k[s], where g[l, s] = p[l, s] * (dy[l] . v[s] - dy[l] . y[l])',
          k: 'dk[s] = scale * sum over l of g[l, s] * q[l]',
          v: 'dv[s] = sum over l of p[l, s] * dy[l]',
        },
        note: ATTENTION_NOTE,
      },
      self_attention: {
        formula: 'scaled_dot_product_attention of the thirds q, k, v of each row of qkv, for each head',
        gradient: { qkv: 'those of q, k and v, written where these lie' },
        note: ATTENTION_NOTE,
      },
    },
  ],
  [
    'convolutions',
    {
      conv2d: {
        formula:
          'y[n, o, oy, ox] = activation(bias[o] + sum over c, ky, kx of w[o, c, ky, kx] * ' +
          'x[n, c, oy * stride - padding + ky * dilation, ox * stride - padding + kx * dilation] + residual)',
        gradient: {
          x: 'dx[n, c, iy, ix] = sum over o and the taps that saw it of w[o, c, ky, kx] * dy[n, o, oy, ox]',
          w: 'dw[o, c, ky, kx] = sum over n, oy, ox of dy[n, o, oy, ox] * x[n, c, iy, ix]',
          bias: 'dbias[o] = sum over n, oy, ox of dy',
          residual: 'dresidual = dy',
        },
        note: 'x outside of the image is 0. With an activation, dy goes through its gradient first.',
      },
      conv_transpose2d: {
        formula:
          'y[n, o, iy * stride - padding + ky * dilation, …] = bias[o] + sum over c, ky, kx of ' +
          'w[c, o, ky, kx] * x[n, c, iy, ix]',
        gradient: {
          x: 'dx = conv2d(dy, w): what it is the gradient of',
          w: 'dw[c, o, ky, kx] = sum over n, iy, ix of x[n, c, iy, ix] * dy at the tap',
          bias: 'dbias[o] = sum over n, oy, ox of dy',
        },
        note: 'The gradient of a convolution, as an op of its own.',
      },
    },
  ],
  [
    'recurrent layers',
    {
      rnn: {
        formula: 'h[t] = tanh(w_ih @ x[t] + b_ih + w_hh @ h[t - 1] + b_hh)',
        gradient: LAYER,
        note:
          'Backward walks the steps from the last to the first: ' +
          'da[t] = (dy[t] + w_hh^T @ da[t + 1]) * (1 - h[t]^2).',
      },
      gru: {
        formula:
          'r, z = sigmoid(w @ x[t] + b + w_h @ h[t - 1] + b_h); ' +
          'n = tanh(w_n @ x[t] + b_n + r * (w_hn @ h[t - 1] + b_hn)); h[t] = (1 - z) * n + z * h[t - 1]',
        gradient: LAYER,
        note: 'Backward walks the steps from the last to the first; z carries a part of dh[t] on to h[t - 1].',
      },
      lstm: {
        formula:
          'i, f, o = sigmoid(w @ x[t] + b + w_h @ h[t - 1] + b_h); g = tanh(the same with weights of its own); ' +
          'c[t] = f * c[t - 1] + i * g; h[t] = o * tanh(c[t])',
        gradient: LAYER,
        note: 'Backward walks the steps from the last to the first and carries two gradients: of h and of c.',
      },
    },
  ],
];
