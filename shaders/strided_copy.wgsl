// out[out_offset + sum(index * stride_out)] = x[x_offset + sum(index * stride_x)] over a walk of `count` indices.
// One kernel for permute, slice, cat, expand and flip: strides may be 0 (repeat) or negative (reverse). Words are copied as they
// are, f32 or u32. A workgroup copies 64 elements, a thread one.
struct Params {
  count: u32,
  rank: u32,
  x_offset: u32,
  out_offset: u32,
  size: array<vec4u, 2>, // of each dimension, outermost first; up to 8
  stride_x: array<vec4i, 2>,
  stride_out: array<vec4i, 2>,
}
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= params.count) {
    return;
  }
  var rest = i;
  var at_x = i32(params.x_offset);
  var at_out = i32(params.out_offset);
  for (var d = params.rank; d > 0; d--) {
    let q = (d - 1) / 4;
    let r = (d - 1) % 4;
    let index = i32(rest % params.size[q][r]);
    rest /= params.size[q][r];
    at_x += index * params.stride_x[q][r];
    at_out += index * params.stride_out[q][r];
  }
  out[at_out] = x[at_x];
}
