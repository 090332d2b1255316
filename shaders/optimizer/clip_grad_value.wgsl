// grad = grad kept between -limit and limit. A thread makes a vec4.
struct Params {
  count: u32, // vec4s
  limit: f32,
}
alias V = vec4f;
@group(0) @binding(0) var<storage, read_write> grad: array<V>;
@group(0) @binding(1) var<uniform> params: Params;

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
  grad[i] = between(grad[i], V(-params.limit), V(params.limit));
}
