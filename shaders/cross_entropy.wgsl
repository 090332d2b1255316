// Per row of logits x (N, C) and label t (N): loss = log(sum over c of exp(x[c])) - x[t]; softmax + negative log likelihood in one.
// Also the gradient's core, p[c] = softmax(x)[c] - (c == t), and whether the largest logit is the label's (the first of equals wins).
// A label that is not a class gives NaN, which the trainer reports. A thread makes a row.
struct Params {
  N: u32,
  C: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> label: array<u32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> p: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = linear_workgroup(workgroup, grid) * 64 + lane;
  if (n >= params.N) {
    return;
  }
  let base = n * params.C;
  var top = x[base];
  for (var c = 1u; c < params.C; c++) {
    top = max(top, x[base + c]);
  }
  var sum = 0.0;
  for (var c = 0u; c < params.C; c++) {
    sum += exp(x[base + c] - top);
  }
  let t = label[n];
  for (var c = 0u; c < params.C; c++) {
    p[base + c] = exp(x[base + c] - top) / sum - select(0.0, 1.0, c == t);
  }
  if (t < params.C) {
    loss[n] = log(sum) + top - x[base + t];
  } else {
    loss[n] = bitcast<f32>(0x7fc00000u + (params.N & 0u)); // not a constant: WGSL refuses constant NaNs
  }
}
