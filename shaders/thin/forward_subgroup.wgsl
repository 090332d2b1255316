enable subgroups;
// thin/forward.wgsl with the weights handed round: the S lanes of a subgroup together load a row of the window's
// weights and pass them on by shuffles.
@group(0) @binding(0) var<storage, read> x: array<E4>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> residual: array<OUT>;
@group(0) @binding(3) var<storage, read_write> output: array<OUT>;
@group(0) @binding(4) var<uniform> params: Params;

const S = 8u; // lanes of a subgroup
const THREADS = 8 * S;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  make_block(linear_workgroup(workgroup, grid), thread, THREADS, lane);
}
