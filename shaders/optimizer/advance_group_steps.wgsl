// The step number of each group goes up by one, but of those that stand still for now. A thread for each group. After
// optimizer/advance_step.wgsl or advance_scaled_step.wgsl.
struct Params {
  count: u32, // groups
  steps_at: u32, // the first row of steps
}
@group(0) @binding(0) var<storage, read> hyper: array<f32>; // lr, step, whether to skip
@group(0) @binding(1) var<storage, read_write> groups: array<vec2f>; // from steps_at on: step, not 0 if it stands still
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i < params.count && hyper[2] == 0) {
    let row = groups[params.steps_at + i];
    if (row.y == 0) {
      groups[params.steps_at + i].x = row.x + 1;
    }
  }
}
