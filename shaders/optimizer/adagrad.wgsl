// One step of Adagrad (Duchi, Hazan and Singer 2011) over flat memory, as in torch.optim.Adagrad:
//   g = g + weight_decay * w;  s = s + g * g;  w = w - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)
// A thread makes STEPS vec4s of parameters. lr and weight_decay: optimizer/parameter_groups.wgsl.
struct Params {
  count: u32, // vec4s
  lr_decay: f32,
  eps: f32,
  weight_decay: f32,
}
@group(0) @binding(0) var<storage, read> hyper: Hyper;
@group(0) @binding(1) var<storage, read> groups: array<vec2f>; // lr, weight decay
@group(0) @binding(2) var<storage, read> group_of: array<u32>;
@group(0) @binding(3) var<storage, read> grad: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> weight: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> sum: array<vec4f>;
@group(0) @binding(6) var<uniform> params: Params;

fn update(i: u32) {
  let rate = rates(i, params.weight_decay);
  let w = weight[i];
  let g = grad[i] + rate.y * w;
  let s = sum[i] + g * g;
  sum[i] = s;
  weight[i] = w - rate.x / (1 + (step_of(group_at(i)) - 1) * params.lr_decay) * g / (sqrt(s) + params.eps);
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
