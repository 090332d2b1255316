// Workgroups are counted linearly. A dispatch has at most 65,535 of them per dimension, so the launcher folds larger
// counts into two dimensions; this unfolds them. The last row of the grid may run past the count: kernels guard.
fn linear_workgroup(workgroup: vec3u, grid: vec3u) -> u32 {
  return workgroup.y * grid.x + workgroup.x;
}
