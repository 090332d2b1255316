// out[out_offset + sum(index * stride_out)] = x[x_offset + sum(index * stride_x)] over all indices of a walk. One
// kernel for permute, slice, cat, expand and flip: strides may be 0 (repeat) or negative (reverse). Words are copied as
// they are, f32 or u32. Finding a place costs a division for each dimension, more than the copy itself; so a thread
// copies up to 8 elements that differ in the first dimension only: block, block + blocks, block + 2 blocks, … A
// workgroup has 64 threads.
struct Params {
  threads: u32, // blocks times the product of all sizes but the first
  rank: u32,
  x_offset: u32,
  out_offset: u32,
  blocks: u32,
  size: array<vec4u, 2>, // of each dimension; up to 8. The last varies fastest from thread to thread
  stride_x: array<vec4i, 2>,
  stride_out: array<vec4i, 2>,
}
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= params.threads) {
    return;
  }
  var rest = i;
  var at_x = i32(params.x_offset);
  var at_out = i32(params.out_offset);
  for (var d = params.rank; d > 1; d--) {
    let q = (d - 1) / 4;
    let r = (d - 1) % 4;
    let above = rest / params.size[q][r];
    let index = i32(rest - above * params.size[q][r]);
    rest = above;
    at_x += index * params.stride_x[q][r];
    at_out += index * params.stride_out[q][r];
  }
  at_x += i32(rest) * params.stride_x[0].x;
  at_out += i32(rest) * params.stride_out[0].x;
  let step_x = i32(params.blocks) * params.stride_x[0].x;
  let step_out = i32(params.blocks) * params.stride_out[0].x;
  for (var index = rest; index < params.size[0].x; index += params.blocks) {
    out[at_out] = x[at_x];
    at_x += step_x;
    at_out += step_out;
  }
}
