// The gradient of one step of an LSTM layer, the obvious version: a thread makes one hidden unit of one sample.
//   dh = dy + w_hhᵀ dgates of the step after (depth 4H; none at the last step, depth 0)
//   dgates of this step, and dc_prev in dc's place, from dh, dc and the cell (recurrent/lstm_cell.wgsl)
// dgates (2, N, 4H): this step, then the one after; gates (N, 4H): i f g o; c (2, N, H): previous, new; dy and dc (N,
// H).
alias V = f32;
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> dgates: array<f32>;
@group(0) @binding(2) var<storage, read> gates: array<f32>;
@group(0) @binding(3) var<storage, read> c: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read_write> dc: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let H = params.H;
  let unit = linear_workgroup(workgroup, grid) * 64 + lane;
  if (unit >= params.N * H) {
    return;
  }
  let n = unit / H;
  let j = unit % H;
  let after = params.gates_at + (params.N + n) * 4 * H;
  var dh = dy[params.dy_at + unit];
  for (var k = 0u; k < params.depth; k++) {
    dh += w[k * H + j] * dgates[after + k];
  }
  let at = params.gates_at + n * 4 * H + j;
  let previous = params.state_at + unit;
  let d = cell_backward(dh, dc[unit], gates[at], gates[at + H], gates[at + 2 * H], gates[at + 3 * H], c[previous],
      c[previous + params.N * H]);
  dgates[at] = d.di;
  dgates[at + H] = d.df;
  dgates[at + 2 * H] = d.dg;
  dgates[at + 3 * H] = d.do_;
  dc[unit] = d.dc_prev;
}
