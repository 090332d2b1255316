// Mean and m2 = sum (x - mean)^2 of each channel of x (N, C, P), in two passes. partial (slots, 4, C) = n, mean -
// origin, m2, origin: the origin is the channel's first number, so that means far from 0 do not lose digits. A thread
// makes a channel.
struct Params {
  C: u32,
  P: u32,
  N: u32,
  slot: u32, // the row of `partial` that this launch writes
}
@group(0) @binding(0) var<storage, read> x: array<E>;
@group(0) @binding(1) var<storage, read_write> partial: array<Total>;
@group(0) @binding(2) var<uniform> params: Params;

alias E = f32; // x as stored

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let c = linear_workgroup(workgroup, grid) * 64 + lane;
  let C = params.C;
  let P = params.P;
  if (c >= C) {
    return;
  }
  let count = f32(params.N * P);
  let origin = V(x[c * P]);
  var sum = V();
  for (var n = 0u; n < params.N; n++) {
    var plane = V();
    for (var p = 0u; p < P; p++) {
      plane += V(x[(n * C + c) * P + p]) - origin;
    }
    sum += plane;
  }
  let mean = sum / count;
  var m2 = V();
  for (var n = 0u; n < params.N; n++) {
    var plane = V();
    for (var p = 0u; p < P; p++) {
      let d = V(x[(n * C + c) * P + p]) - origin - mean;
      plane += d * d;
    }
    m2 += plane;
  }
  let row = params.slot * 4;
  partial[row * C + c] = Total(count);
  partial[(row + 1) * C + c] = mean;
  partial[(row + 2) * C + c] = m2;
  partial[(row + 3) * C + c] = origin;
}
