// y = x, stored in another type: f32 to f16 (rounded to the nearest, past 65504 infinite) or back. A workgroup makes 64
// * STEPS vec4s, a thread STEPS; the last vec4 may run past the tensor, into the buffer's padding.
alias X4 = vec4f;
alias Y4 = vec4f;

struct Params {
  count: u32, // vec4s
}
@group(0) @binding(0) var<storage, read> x_data: array<X4>;
@group(0) @binding(1) var<storage, read_write> y_data: array<Y4>;
@group(0) @binding(2) var<uniform> params: Params;

override STEPS: u32 = 1;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = linear_workgroup(workgroup, grid) * 64 * STEPS + lane;
  for (var step = 0u; step < STEPS; step++) {
    let i = first + step * 64;
    if (i < params.count) {
      y_data[i] = Y4(x_data[i]);
    }
  }
}
