// thin/backward_input.wgsl without subgroups: each thread loads all weights.
@group(0) @binding(0) var<storage, read> dy: array<DY>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>; // [group, o / 4, c, ky, kx]: thin/filter.wgsl
@group(0) @binding(2) var<storage, read_write> spans: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

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
