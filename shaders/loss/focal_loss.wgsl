// Focal loss (Lin et al. 2017) of logits x (N, C, inner) with labels (N, inner), over softmax: per row, with
// s = softmax(x), label t and rest = 1 - s[t],
//   loss = w[t] * rest^gamma * -log(s[t])
//   p[c] = w[t] * rest^gamma * (1 + gamma * s[t] * -log(s[t]) / rest) * (s[c] - (c == t))      dx = p * dy
// and counted = w[t], by whose sum a mean divides. rest is the sum of the others, so that nothing cancels where s[t] is
// close to 1; there the logarithm is a series. A label that is not a class gives NaN. A thread makes a row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> label: array<u32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>; // (C); anything when not WEIGHTED
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;
@group(0) @binding(4) var<storage, read_write> p: array<f32>;
@group(0) @binding(5) var<storage, read_write> counted: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

const SMALL = 0.01; // the series' next term is 1e-6 / 4 of the first

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
  let w = select(not_a_number(n), weight_of(t), t < C);
  var top = x[base];
  for (var c = 1u; c < C; c++) {
    top = max(top, x[base + c * step]); // taken off first, so that exp cannot overflow
  }
  var others = 0.0;
  for (var c = 0u; c < C; c++) {
    others += select(exp_of(x[base + c * step] - top), 0.0, c == t);
  }
  let below = top - x[base + min(t, C - 1) * step];
  let sum = others + exp_of(-below);
  let rest = others / sum;
  let is_small = rest < SMALL;
  let minus_log = select(log_of(sum) + below, rest * (1 + rest / 2 + rest * rest / 3), is_small);
  let ratio = select(minus_log / rest, 1 + rest / 2 + rest * rest / 3, is_small);
  var factor = w;
  if (params.setting > 0) {
    factor *= exp_of(params.setting * log_of(rest));
  }
  let slope = factor * (1 + params.setting * (1 - rest) * ratio);
  for (var c = 0u; c < C; c++) {
    let at = base + c * step;
    p[at] = slope * select(exp_of(x[at] - top) / sum, -rest, c == t);
  }
  loss[n] = factor * minus_log;
  counted[n] = w;
}
