// Both gradients' terms at the broadcast shape: d[i] = g(a, b, y, dy), a and b read with their strides, one gradient a dispatch.
// Summing over the dimensions along which an operand was repeated is a reduction of its own.
// A workgroup makes 64 elements, a thread one.
alias V = f32;

struct Params {
  count: u32,
  rank: u32,
  p0: f32,
  size: array<vec4u, 2>,
  stride_a: array<vec4u, 2>,
  stride_b: array<vec4u, 2>,
}
@group(0) @binding(0) var<storage, read> a_data: array<V>;
@group(0) @binding(1) var<storage, read> b_data: array<V>;
@group(0) @binding(2) var<storage, read> y_data: array<V>;
@group(0) @binding(3) var<storage, read> dy_data: array<V>;
@group(0) @binding(4) var<storage, read_write> d_data: array<V>;
@group(0) @binding(5) var<uniform> params: Params;

fn g(a: V, b: V, y: V, dy: V, p0: f32) -> V { return dy; }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= params.count) {
    return;
  }
  var rest = i;
  var ia = 0u;
  var ib = 0u;
  for (var d = params.rank; d > 0; d--) {
    let q = (d - 1) / 4;
    let r = (d - 1) % 4;
    let index = rest % params.size[q][r];
    rest /= params.size[q][r];
    ia += index * params.stride_a[q][r];
    ib += index * params.stride_b[q][r];
  }
  d_data[i] = g(a_data[ia], b_data[ib], y_data[i], dy_data[i], params.p0);
}
