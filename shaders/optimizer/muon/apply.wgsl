// Muon, the last pass over one weight: w = w - lr * weight_decay * w - lr * scale * x, x its matrix made orthogonal.
// A thread makes an element. lr and weight_decay: optimizer/parameter_rates.wgsl.
struct Params {
  count: u32,
  group: u32,
  scale: f32,
  at: u32, // where the matrix begins in what is bound of x
  rows: u32,
  fours: u32,
  weight_decay: f32, // without groups
}
@group(0) @binding(0) var<storage, read> hyper: Hyper;
@group(0) @binding(1) var<storage, read> groups: array<vec2f>; // lr, weight decay
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> weight: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= params.count || hyper.skip != 0) {
    return;
  }
  let rate = rates_of(params.group, params.weight_decay);
  let w = weight[i];
  let u = x[params.at + place_of(i, params.rows, params.fours)];
  weight[i] = w - rate.x * rate.y * w - rate.x * params.scale * u;
}
