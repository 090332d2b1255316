// Binary cross-entropy of each class for itself, of logits x (N, C, inner) with labels (N, inner): per row, with label
// t and q[c] = (1 - s) * (c == t) + s / C, s the label smoothing,
//   loss = w[t] * sum over c of (1 - q[c]) * log(1 + exp(x[c])) + q[c] * log(1 + exp(-x[c]))
//   p[c] = w[t] * (sigmoid(x[c]) - q[c])                                                        dx = p * dy
// and counted = w[t], by whose sum a mean divides. A label that is not a class gives NaN. A thread makes a row.
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
  let w = select(not_a_number(n), weight_of(t), t < C);
  let each = params.setting / f32(C);
  var sum = 0.0;
  for (var c = 0u; c < C; c++) {
    let at = base + c * step;
    let v = x[at];
    let q = each + select(0.0, 1 - params.setting, c == t);
    let e = exp_of(-abs(v));
    let both = select(log_of(1 + e), e * (1 - e / 2), e < 1e-3);
    sum += both + select(-q * v, (1 - q) * v, v > 0);
    p[at] = w * (select(e, 1.0, v > 0) / (1 + e) - q);
  }
  loss[n] = w * sum;
  counted[n] = w;
}
