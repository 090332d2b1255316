// out[row] = the c with the largest x[row, c], the first of equals. x (rows, C) f32, out (rows) u32. A thread makes a row.
struct Params {
  rows: u32,
  C: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = linear_workgroup(workgroup, grid) * 64 + lane;
  if (row >= params.rows) {
    return;
  }
  let base = row * params.C;
  var best = 0u;
  for (var c = 1u; c < params.C; c++) {
    if (x[base + c] > x[base + best]) {
      best = c;
    }
  }
  out[row] = best;
}
