// thin/backward_input.wgsl without subgroups: each thread loads all weights.
const THREADS = 8u;

fn vec4s_of(at: u32, lane: u32) -> array<vec4f, FILTERS> {
  var result: array<vec4f, FILTERS>;
  for (var i = 0u; i < FILTERS; i++) {
    result[i] = w[at + i];
  }
  return result;
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  make_strip(linear_workgroup(workgroup, grid), lane, THREADS, lane);
}
