// dx[r, d] = sum over o of dy[r, o] / y[r, o] * (x[r, d] - other[o, d]), in the order of o; what has y = 0 adds
// nothing. x, dx (R, D), other (O, D). For da, x is a and dy, y (N, M) are read along rows; for db, x is b and they are
// read along columns: element (r, o) of them is at r * row + o * column. A workgroup makes 64 elements of dx, a thread
// one.
struct Params {
  count: u32, // R * D
  D: u32,
  others: u32, // O
  row: u32,
  column: u32,
  adds: u32, // 1: to what dx holds, the sum over the rows of earlier windows
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> other: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

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
  let d = i % params.D;
  let first = i / params.D * params.row;
  var sum = 0.0;
  if (params.adds == 1) {
    sum = dx[i];
  }
  for (var o = 0u; o < params.others; o++) {
    let at = first + o * params.column;
    if ((bitcast<u32>(y[at]) & 0x7fffffffu) != 0) { // by bits: NaN is not 0
      sum += dy[at] / y[at] * (x[i] - other[o * params.D + d]);
    }
  }
  dx[i] = sum;
}
