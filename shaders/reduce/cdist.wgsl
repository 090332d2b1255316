// y[n, m] = sqrt(sum over d of (a[n, d] - b[m, d])^2). a (N, D), b (M, D), y (N, M). A workgroup makes 64 elements of
// y, a thread one.
struct Params {
  count: u32, // N * M
  M: u32,
  D: u32,
}
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= params.count) {
    return;
  }
  let of_a = i / params.M * params.D;
  let of_b = i % params.M * params.D;
  var sum = 0.0;
  for (var d = 0u; d < params.D; d++) {
    let apart = a[of_a + d] - b[of_b + d];
    sum += apart * apart;
  }
  y[i] = sqrt(sum);
}
