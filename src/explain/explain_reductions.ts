/** Sums and what is made of them: reductions, losses, normalisation. */
import type { OpTexts } from './explain_entry.js';

const NORMALISED = (over: string) => ({
  formula: `y = (x - mean) / sqrt(var + eps) * w + bias, with mean and var over ${over}`,
  gradient: {
    x: 'dx = (g - mean(g) - xhat * mean(g * xhat)) / sqrt(var + eps), where g = dy * w and xhat = (x - mean) / sqrt(…)',
    w: 'dw = sum of dy * xhat over all that shares a weight',
    bias: 'dbias = sum of dy over the same',
  },
});

export const REDUCTION_TEXTS: readonly (readonly [string, OpTexts])[] = [
  [
    'reductions: over some dimensions, whose indices are r',
    {
      sum: { formula: 'y[k] = sum over r of x[k, r]', gradient: { x: 'dx[k, r] = dy[k]' } },
      mean: { formula: 'y[k] = (1 / R) * sum over r of x[k, r]', gradient: { x: 'dx[k, r] = dy[k] / R' } },
      prod: {
        formula: 'y[k] = product over r of x[k, r]',
        gradient: { x: 'dx[k, r] = dy[k] * product of all others x[k, r2]; no division by x, which may be 0' },
      },
      max: {
        formula: 'y[k] = the largest x[k, r]',
        gradient: { x: 'dx[k, r] = dy[k] where x[k, r] = y[k], shared equally among ties; else 0' },
      },
      min: {
        formula: 'y[k] = the smallest x[k, r]',
        gradient: { x: 'dx[k, r] = dy[k] where x[k, r] = y[k], shared equally among ties; else 0' },
      },
      var: {
        formula: 'y[k] = sum over r of (x[k, r] - mean[k])^2 / (R - correction)',
        gradient: { x: 'dx[k, r] = dy[k] * 2 (x[k, r] - mean[k]) / (R - correction)' },
      },
      std: {
        formula: 'y[k] = sqrt(sum over r of (x[k, r] - mean[k])^2 / (R - correction))',
        gradient: { x: 'dx[k, r] = dy[k] * (x[k, r] - mean[k]) / ((R - correction) * y[k])' },
      },
      norm: {
        formula: 'y[k] = (sum over r of |x[k, r]|^p)^(1 / p)',
        gradient: { x: 'dx[k, r] = dy[k] * sign(x) * (|x[k, r]| / y[k])^(p - 1)' },
      },
      logsumexp: {
        formula: 'y[k] = m + log(sum over r of exp(x[k, r] - m)), m the largest x[k, r]',
        gradient: { x: 'dx[k, r] = dy[k] * exp(x[k, r] - y[k])' },
        note: 'Taking m out keeps exp from overflowing and changes nothing.',
      },
      argmax: { formula: 'y[k] = the first r at which x[k, r] is largest', gradient: {} },
      argmin: { formula: 'y[k] = the first r at which x[k, r] is smallest', gradient: {} },
      topk: { formula: 'y[k, i] = the i-th largest of x[k, r], and where it was', gradient: {} },
      cumsum: {
        formula: 'y[i] = sum over j <= i of x[j]',
        gradient: { x: 'dx[i] = sum over j >= i of dy[j]: the same walk from the other end' },
      },
    },
  ],
  [
    'softmax and losses',
    {
      softmax: {
        formula: 'y[n, c] = exp(x[n, c] - m[n]) / sum over c of exp(x[n, c] - m[n]), m the largest of its row',
        gradient: { x: 'dx = y * (dy - sum over c of dy * y)' },
      },
      log_softmax: {
        formula: 'y[n, c] = x[n, c] - m[n] - log(sum over c of exp(x[n, c] - m[n])), m the largest of its row',
        gradient: { x: 'dx = dy - exp(y) * sum over c of dy' },
      },
      cross_entropy: {
        formula: 'y = mean over n of -log(softmax(x[n])[label[n]])',
        gradient: { x: 'dx[n, c] = dy / N * (softmax(x[n])[c] - (1 if c = label[n] else 0))' },
        note:
          'Also with class weights, label smoothing, an index to ignore, and the sum or all losses in place of their ' +
          'mean; a weighted mean divides by the sum of the weights.',
      },
      focal_loss: {
        formula: 'y = mean over n of (1 - p[n])^gamma * -log(p[n]), p[n] = softmax(x[n])[label[n]]',
        gradient: {
          x:
            'dx[n, c] = dy / N * (1 - p)^gamma * (1 + gamma * p * -log(p) / (1 - p)) * ' +
            '(softmax(x[n])[c] - (1 if c = label[n] else 0))',
        },
        note: 'With class weights the mean divides by the sum of the weights.',
      },
      binary_cross_entropy_with_labels: {
        formula:
          'y = mean over n of the sum over c of log(1 + exp(x[n, c])) - q[n, c] * x[n, c], ' +
          'q[n, c] = 1 if c = label[n], else 0',
        gradient: { x: 'dx[n, c] = dy / N * (sigmoid(x[n, c]) - q[n, c])' },
        note: 'With label smoothing s, q is (1 - s) q + s / C. With class weights the mean divides by their sum.',
      },
      nll_loss: {
        formula: 'y = mean over n of -x[n, label[n]]',
        gradient: { x: 'dx[n, c] = -dy / N if c = label[n], else 0' },
        note: 'x holds log-probabilities. With class weights the mean divides by the sum of the weights.',
      },
    },
  ],
  [
    'normalisation',
    {
      batch_norm: {
        ...NORMALISED('images and pixels, for each channel'),
        gradient: { ...NORMALISED('').gradient, residual: 'dresidual = dy' },
        note: 'In evaluation the running mean and var are constants, and dx = dy * w / sqrt(var + eps).',
      },
      layer_norm: NORMALISED('the last dimensions, for each row'),
      group_norm: NORMALISED('the channels and pixels of a group, for each image'),
      instance_norm: NORMALISED('the pixels, for each image and channel'),
      local_response_norm: {
        formula: 'y[c] = x[c] / d[c]^beta, d[c] = k + alpha / size * sum over the size channels around c of x^2',
        gradient: {
          x: 'dx[c] = dy[c] / d[c]^beta - 2 alpha beta / size * x[c] * sum over channels around c of dy * y / d',
        },
      },
    },
  ],
];
