enable subgroups;
// thin/forward.wgsl with the weights handed round: the S lanes of a subgroup together load a row of the window's
// weights and pass them on by shuffles.
const S = 8u; // lanes of a subgroup
const THREADS = 8 * S;

fn vec4s_of(at: u32, lane: u32) -> array<vec4f, FILTERS> {
  var result: array<vec4f, FILTERS>;
  for (var i = 0u; i < FILTERS; i += S) {
    let mine = w[at + i + lane];
    for (var j = 0u; j < min(S, FILTERS - i); j++) {
      result[i + j] = subgroupShuffle(mine, j);
    }
  }
  return result;
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  make_block(linear_workgroup(workgroup, grid), thread, THREADS, lane);
}
