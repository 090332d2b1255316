// Softmax and negative log likelihood in one, over x (N, C, inner) and labels (N, inner). Per row of logits x[c] and
// label t:
//   loss = sum over c of q[c] * (log(sum over j of exp(x[j])) - x[c])
//   p[c] = softmax(x)[c] * (sum of q) - q[c]                               the gradient's core: dx = p * dy
// where q is what the label asks for (loss/likelihood.wgsl). Also counted = w[t], by whose sum a weighted mean divides.
// For x of log-probabilities (LOG_PROBABILITIES, nll_loss) the logarithm of the sum is left out, and p = -q. An ignored
// label gives a loss of 0, and p = -0, which the mean's gradient leaves 0 even where it divides by 0 (NaN where softmax
// itself is, as in PyTorch); another label that is not a class gives NaN, which the trainer reports. A thread makes a
// row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> label: array<u32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>; // (C); anything when not WEIGHTED
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;
@group(0) @binding(4) var<storage, read_write> p: array<f32>;
@group(0) @binding(5) var<storage, read_write> counted: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let n = linear_workgroup(workgroup, grid) * 64 + lane;
  if (n >= params.rows) {
    return;
  }
  let C = params.C;
  let step = params.inner;
  let base = (n / step) * C * step + n % step;
  let t = label[n];
  var top = 0.0;
  var log_sum = 0.0;
  if (!LOG_PROBABILITIES) {
    top = x[base];
    for (var c = 1u; c < C; c++) {
      top = max(top, x[base + c * step]); // taken off first, so that exp cannot overflow
    }
    var sum = 0.0;
    for (var c = 0u; c < C; c++) {
      sum += exp_of(x[base + c * step] - top);
    }
    log_sum = log_of(sum);
  }

  if (t == params.ignore) {
    loss[n] = 0;
    counted[n] = 0;
    let none = ignored(n, log_sum);
    for (var c = 0u; c < C; c++) {
      p[base + c * step] = none;
    }
    return;
  }

  let q_of = asked(t);
  // top - x[c] before adding log_sum: with logits in the hundreds, log_sum + top would lose log_sum's digits
  var total = q_of.label * (log_sum + (top - x[base + min(t, C - 1) * step]));
  for (var c = 0u; c < C; c++) {
    let at = base + c * step;
    var q = select(0.0, q_of.label, c == t);
    if (SMOOTHED) {
      let q_c = q_of.each * weight_of(c);
      q += q_c;
      total += q_c * (log_sum + (top - x[at]));
    }
    if (LOG_PROBABILITIES) {
      p[at] = -q;
    } else {
      p[at] = exp_of(x[at] - top - log_sum) * q_of.sum - q;
    }
  }
  if (t < C) {
    loss[n] = total;
    counted[n] = q_of.w;
  } else {
    loss[n] = not_a_number(n);
    counted[n] = not_a_number(n);
  }
}
