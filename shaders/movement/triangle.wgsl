// y[b, r, c] = x[b, r, c] where c - r <= k, or, where UPPER, c - r >= k; elsewhere 0, also of NaN. x, y (B, R, C).
// Words are copied as they are, f32 or u32. A window may start at any row of any matrix. A workgroup makes 64 elements,
// a thread one.
struct Params {
  count: u32, // elements of the window
  R: u32,
  C: u32,
  first: u32, // the window's first row, counted through all matrices
  k: i32,
}
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

override UPPER: bool = false;

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
  let row = e / params.C;
  let ahead = i32(e - row * params.C) - i32((params.first + row) % params.R);
  let stays = select(ahead <= params.k, ahead >= params.k, UPPER);
  y[e] = select(0u, x[e], stays);
}
