// y[o, s, i] = x[o, s, i] + sum over j of src[o, j, i] where index[o, j, i] == s, in ascending order. x and y (outer,
// size, inner), index and src (outer, n, inner). A workgroup makes 64 elements, a thread one: it looks through the n
// indices that can name it. An index that is not below `size` makes its whole column NaN. Without STARTS it is the
// gradient of movement/gather.wgsl, from src = dy: sums start from 0, and a wrong index adds nothing.
// y may be a window of rows from `first` on, src one of places; windows of src are added to each other.
struct Params {
  count: u32, // elements of y
  inner: u32,
  rows: u32, // of y, in the window
  first: u32,
  size: u32,
  n: u32, // of src, in the window
  accumulate: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read> src: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

override STARTS: bool = true;

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
  let q = e / params.inner;
  let o = q / params.rows;
  let s = params.first + q - o * params.rows;
  var at = o * params.n * params.inner + e - q * params.inner;
  var sum = 0.0;
  if (params.accumulate == 1) {
    sum = y[e];
  } else if (STARTS) {
    sum = x[e];
  }
  for (var j = 0u; j < params.n; j++) {
    let row = index[at];
    if (row == s) {
      sum += src[at];
    } else if (STARTS && row >= params.size) {
      sum = not_a_number(row);
    }
    at += params.inner;
  }
  y[e] = sum;
}
