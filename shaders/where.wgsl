// y[i] = condition[ic(i)] != 0 ? a[ia(i)] : b[ib(i)]: three operands, each read with its own strides (0 where it repeats).
// A workgroup makes 64 elements, a thread one. Only the chosen operand is read.
struct Params {
  count: u32, // elements of y
  rank: u32,
  size: array<vec4u, 2>, // of each dimension, outermost first; up to 8
  stride_condition: array<vec4u, 2>,
  stride_a: array<vec4u, 2>,
  stride_b: array<vec4u, 2>,
}
@group(0) @binding(0) var<storage, read> condition: array<f32>;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= params.count) {
    return;
  }
  var rest = i;
  var at = vec3u();
  for (var d = params.rank; d > 0; d--) {
    let q = (d - 1) / 4;
    let r = (d - 1) % 4;
    let index = rest % params.size[q][r];
    rest /= params.size[q][r];
    at += index * vec3u(params.stride_condition[q][r], params.stride_a[q][r], params.stride_b[q][r]);
  }
  if (condition[at.x] != 0) {
    y[i] = a[at.y];
  } else {
    y[i] = b[at.z];
  }
}
