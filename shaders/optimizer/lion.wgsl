// One step of Lion (Chen et al. 2023, "Symbolic discovery of optimization algorithms", algorithm 2) over flat memory:
//   w = w - lr * weight_decay * w - lr * sign(beta1 * m + (1 - beta1) * g)
//   m = beta2 * m + (1 - beta2) * g
// The sign of 0 is 0, that of a NaN is NaN. A thread makes STEPS vec4s of parameters. lr and weight_decay:
// optimizer/parameter_groups.wgsl.
struct Params {
  count: u32, // vec4s
  beta1: f32,
  beta2: f32,
  rest1: f32, // 1 - beta1, rounded once
  rest2: f32, // 1 - beta2
  weight_decay: f32,
}
alias V = vec4f;
@group(0) @binding(0) var<storage, read> hyper: Hyper;
@group(0) @binding(1) var<storage, read> groups: array<vec2f>; // lr, weight decay
@group(0) @binding(2) var<storage, read> group_of: array<u32>;
@group(0) @binding(3) var<storage, read> grad: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> weight: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(6) var<uniform> params: Params;

fn update(i: u32) {
  let rate = rates(i, params.weight_decay);
  let g = grad[i];
  let old = m[i];
  let direction = params.beta1 * old + params.rest1 * g;
  let w = weight[i];
  weight[i] = w - rate.x * rate.y * w - rate.x * keep_nan(direction, sign(direction));
  m[i] = params.beta2 * old + params.rest2 * g;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = linear_workgroup(workgroup, grid);
  for (var step = 0u; step < STEPS; step++) {
    let i = element_of(group, lane, step);
    if (i < params.count && hyper.skip == 0) {
      update(i);
    }
  }
}
