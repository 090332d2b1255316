// The entry point where the size of subgroups can be asked for.
@compute @workgroup_size(THREADS) @subgroup_size(S)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  work(linear_workgroup(workgroup, grid), thread, subgroup, lane);
}
