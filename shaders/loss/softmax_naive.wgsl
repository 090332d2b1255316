// Over rows x (rows, C): softmax y = exp(x - max) / sum, or log_softmax y = x - max - log(sum) (LOG).
// A thread makes a row: class counts are small. The maximum is taken off first, so that exp cannot overflow.
struct Params {
  rows: u32,
  C: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

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
  var top = x[base];
  for (var c = 1u; c < params.C; c++) {
    top = max(top, x[base + c]);
  }
  var sum = 0.0;
  for (var c = 0u; c < params.C; c++) {
    sum += exp_of(x[base + c] - top);
  }
  if (LOG) {
    let log_sum = log_of(sum);
    for (var c = 0u; c < params.C; c++) {
      y[base + c] = (x[base + c] - top) - log_sum; // in this order: top + log_sum would lose log_sum's digits
    }
  } else {
    for (var c = 0u; c < params.C; c++) {
      y[base + c] = exp_of(x[base + c] - top) / sum;
    }
  }
}
