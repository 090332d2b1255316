// dx = dy / d^beta - 2 alpha beta / size * x * sum of dy y / d over the channels whose window holds c: c - (size - 1) / 2 … c + size / 2.
// All (N, C, P). A thread makes one element.
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> d: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<uniform> lrn: Lrn;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= lrn.count) {
    return;
  }
  let c = i / P % C;
  let before = min(c, (SIZE - 1) / 2);
  let after = min(C - 1 - c, SIZE / 2);
  var sum = 0.0;
  var at = i - before * P;
  for (var w = 0u; w <= before + after; w++) {
    sum += dy[at] * y[at] / d[at];
    at += P;
  }
  dx[i] = dy[i] / to_beta(d[i]) - 2 * lrn.alpha * lrn.beta / f32(SIZE) * x[i] * sum;
}
