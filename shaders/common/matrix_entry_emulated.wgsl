// The entry point for common/matrix_fragments_emulated.wgsl.
@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  lane = thread % S;
  one = select(1u, 0u, grid.x == 0);
  work(linear_workgroup(workgroup, grid), thread, thread / S, lane);
}
