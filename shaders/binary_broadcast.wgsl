// y[i] = f(a[ia(i)], b[ib(i)]): operands of different shapes, each read with its own strides (0 where it repeats).
// The launcher merges neighbouring dimensions, so that few are left. A workgroup makes 64 elements, a thread one.
alias V = f32;

struct Params {
  count: u32, // elements of y
  rank: u32,
  p0: f32,
  size: array<vec4u, 2>, // of each dimension, outermost first; up to 8
  stride_a: array<vec4u, 2>,
  stride_b: array<vec4u, 2>,
}
@group(0) @binding(0) var<storage, read> a_data: array<V>;
@group(0) @binding(1) var<storage, read> b_data: array<V>;
@group(0) @binding(2) var<storage, read_write> y_data: array<V>;
@group(0) @binding(3) var<uniform> params: Params;

fn f(a: V, b: V, p0: f32) -> V { return a; }

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
  y_data[i] = f(a_data[ia], b_data[ib], params.p0);
}
