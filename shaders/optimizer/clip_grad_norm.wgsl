// grad = grad * min(1, max_norm / (sqrt(total) + 1e-6)), total the sum of the squares of all of it, as
// torch.nn.utils.clip_grad_norm_. A norm that is not a number makes all gradients so. A thread makes a vec4. total is
// in GPU memory: the host need not know it.
struct Params {
  count: u32, // vec4s
  max_norm: f32,
}
alias V = f32;
@group(0) @binding(0) var<storage, read> total: array<f32>;
@group(0) @binding(1) var<storage, read_write> grad: array<vec4f>;
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
  let factor = params.max_norm / (sqrt(total[0]) + 1e-6);
  grad[i] *= keep_nan(factor, min(factor, 1.0));
}
