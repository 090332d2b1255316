// x = x / (norm + 1e-7), norm the root of the sum of squares of the matrix that x is part of. A thread makes an
// element.
struct Params {
  count: u32,
  size: u32, // of a matrix
  first: u32, // the element that is bound first
}
@group(0) @binding(0) var<storage, read> squares: array<f32>; // of each matrix
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i < params.count) {
    x[i] /= sqrt(squares[(params.first + i) / params.size]) + 1e-7;
  }
}
