// softmax:     dx = y * (dy - sum over c of dy * y)
// log_softmax: dx = dy - exp(y) * sum over c of dy                                    (LOG)
// Over rows (rows, C); a thread makes a row.
struct Params {
  rows: u32,
  C: u32,
}
@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override LOG: bool = false;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = linear_workgroup(workgroup, grid) * 64 + lane;
  if (row >= params.rows) {
    return;
  }
  let base = row * params.C;
  var sum = 0.0;
  for (var c = 0u; c < params.C; c++) {
    sum += dy[base + c] * select(y[base + c], 1.0, LOG);
  }
  for (var c = 0u; c < params.C; c++) {
    let at = base + c;
    if (LOG) {
      dx[at] = dy[at] - exp_of(y[at]) * sum;
    } else {
      dx[at] = y[at] * (dy[at] - sum);
    }
  }
}
