// y[o, j, i] = x[o, index[j], i]. x (outer, size, inner), index (n) u32, y (outer, n, inner). Words are copied as they
// are, f32 or u32; V is a vec4 of them where inner is a multiple of 4. An index that is not below `size` gives
// `invalid`. A workgroup makes 64 Vs of y, a thread one. A table past the binding limit is gone through in windows of
// its rows, first .. first + rows: a window fills in the part of y that comes from it. y too may be a window, from
// index j0 on.
alias V = u32;

struct Params {
  count: u32, // Vs of y
  inner: u32, // Vs
  n: u32, // of the window
  j0: u32,
  size: u32,
  first: u32,
  rows: u32,
  invalid: u32, // NaN for f32
}
@group(0) @binding(0) var<storage, read> x: array<V>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<V>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= params.count) {
    return;
  }
  let q = i / params.inner;
  let o = q / params.n;
  let row = index[params.j0 + q - o * params.n];
  if (row >= params.size) {
    if (params.first == 0) {
      y[i] = V(params.invalid);
    }
    return;
  }
  if (row < params.first || row - params.first >= params.rows) {
    return;
  }
  y[i] = x[(o * params.rows + row - params.first) * params.inner + i - q * params.inner];
}
