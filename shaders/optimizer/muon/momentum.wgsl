// Muon (Jordan 2024), the first pass over one weight: m = beta * m + (1 - beta) * g, and into its matrix
//   x = NESTEROV ? (1 - beta) * g + beta * m : m
// A thread makes an element.
override NESTEROV: bool = true;
struct Params {
  count: u32,
  beta: f32,
  rest: f32, // 1 - beta, rounded once
  at: u32, // where the matrix begins in what is bound of x
  rows: u32,
  fours: u32,
}
@group(0) @binding(0) var<storage, read> hyper: array<f32>; // lr, step, whether to skip
@group(0) @binding(1) var<storage, read> grad: array<f32>;
@group(0) @binding(2) var<storage, read_write> m: array<f32>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= params.count || hyper[2] != 0) {
    return;
  }
  let g = grad[i];
  let mi = params.beta * m[i] + params.rest * g;
  m[i] = mi;
  x[params.at + place_of(i, params.rows, params.fours)] = select(mi, params.rest * g + params.beta * mi, NESTEROV);
}
