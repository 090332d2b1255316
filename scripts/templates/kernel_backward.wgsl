// dw[c] = sum over r of dy[r, c] * x[r, c], in the order of r. x, dy (R, C), dw (C). A thread makes one element of dw:
// it gathers what it owns, so that there are no atomics and results are the same every time.
struct Params {
  R: u32,
  C: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let c = linear_workgroup(workgroup, grid) * 64 + lane;
  if (c >= params.C) {
    return;
  }
  var sum = 0.0;
  for (var r = 0u; r < params.R; r++) {
    sum += dy[r * params.C + c] * x[r * params.C + c];
  }
  dw[c] = sum;
}
