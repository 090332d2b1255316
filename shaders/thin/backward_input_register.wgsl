// thin/backward_input.wgsl without subgroups: each thread loads all weights.
@group(0) @binding(0) var<storage, read> dy: array<DY>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>; // [group, o / 4, c, ky, kx]: thin/filter.wgsl
@group(0) @binding(2) var<storage, read_write> spans: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

const THREADS = 8u;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  make_strip(linear_workgroup(workgroup, grid), lane, THREADS, lane);
}
