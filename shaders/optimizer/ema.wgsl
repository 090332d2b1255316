// average = decay * average + (1 - decay) * weight: the exponential moving average of weights. A thread makes a vec4.
struct Params {
  count: u32, // vec4s
  rest: f32, // 1 - decay
}
@group(0) @binding(0) var<storage, read> weight: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> average: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

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
  average[i] += params.rest * (weight[i] - average[i]);
}
