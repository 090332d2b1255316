enable subgroups;
// thin/backward_input.wgsl with the weights handed round: the S lanes of a subgroup together load those of 4 channels
// and pass them on by shuffles.
@group(0) @binding(0) var<storage, read> dy: array<DY>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>; // [group, o / 4, c, ky, kx]: thin/filter.wgsl
@group(0) @binding(2) var<storage, read_write> spans: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

const S = 8u; // lanes of a subgroup, which are a workgroup

@compute @workgroup_size(S)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  make_strip(linear_workgroup(workgroup, grid), lane, S, lane);
}
