// Weights of a convolution (O, C / groups, kH, kW) from rows to the order in which its kernels read them
// (src/tensor/layout.ts), or back. A thread moves a four of input channels.
@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const TO_FILTER = true;

struct Params {
  count: u32, // fours
  rows: u32, // O / groups
  D: u32, // C / groups / 4
  taps: u32,
}

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
  let o = i % params.rows;
  let d = i / params.rows % params.D;
  let tap = i / (params.rows * params.D) % params.taps;
  let group = i / (params.rows * params.D * params.taps);
  let in_rows = ((group * params.rows + o) * params.D + d) * 4 * params.taps + tap;
  for (var c = 0u; c < 4; c++) {
    let row_major = in_rows + c * params.taps;
    result[select(row_major, 4 * i + c, TO_FILTER)] = source[select(4 * i + c, row_major, TO_FILTER)];
  }
}
