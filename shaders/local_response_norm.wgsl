// d = k + alpha / size * sum of x[n, c', p]^2 over the size channels c - size / 2 … c + (size - 1) / 2 that exist;  y = x / d^beta.
// x, d and y (N, C, P). A thread makes one element; d is kept for the gradient.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> d: array<f32>;
@group(0) @binding(3) var<uniform> lrn: Lrn;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= lrn.count) {
    return;
  }
  let c = i / P % C;
  let before = min(c, SIZE / 2);
  let after = min(C - 1 - c, (SIZE - 1) / 2);
  var sum = 0.0;
  var at = i - before * P;
  for (var w = 0u; w <= before + after; w++) {
    sum += x[at] * x[at];
    at += P;
  }
  let base = lrn.k + lrn.alpha / f32(SIZE) * sum;
  d[i] = base;
  y[i] = x[i] / to_beta(base);
}
