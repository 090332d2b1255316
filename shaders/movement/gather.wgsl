// y[o, j, i] = x[o, index[o, j, i], i]. x (outer, size, inner), index and y (outer, n, inner). Words are copied as they
// are, f32 or u32; an index that is not below `size` gives `invalid`. A workgroup makes 64 elements, a thread one. What
// is past the binding limit is gone through in windows of x's rows, first .. first + rows, and of places: a window of
// rows fills in the part of y that comes from it.
struct Params {
  count: u32, // elements of y, in the window
  inner: u32,
  n: u32, // of the window
  size: u32,
  first: u32,
  rows: u32,
  invalid: u32, // NaN for f32
}
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let e = linear_workgroup(workgroup, grid) * 64 + lane;
  if (e >= params.count) {
    return;
  }
  let row = index[e];
  if (row >= params.size) {
    if (params.first == 0) {
      y[e] = params.invalid;
    }
    return;
  }
  if (row < params.first || row - params.first >= params.rows) {
    return;
  }
  let q = e / params.inner;
  let o = q / params.n;
  y[e] = x[(o * params.rows + row - params.first) * params.inner + e - q * params.inner];
}
