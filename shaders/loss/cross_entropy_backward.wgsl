// dx = p * dy / total for a mean of losses: dy and total are single numbers; 0 where p is -0 (an ignored label), even
// if total is 0. A workgroup makes 64 * STEPS vec4s, a thread STEPS.
struct Params {
  count: u32, // vec4s
}
@group(0) @binding(0) var<storage, read> p: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> total: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = linear_workgroup(workgroup, grid);
  let scale = dy[0] / total[0];
  for (var step = 0u; step < STEPS; step++) {
    let i = element_of(group, lane, step);
    if (i < params.count) {
      let own = p[i];
      dx[i] = select(own * scale, vec4f(), bitcast<vec4u>(own) == vec4u(0x80000000u));
    }
  }
}
