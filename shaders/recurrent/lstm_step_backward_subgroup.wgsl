enable subgroups;
// The gradient of one step of an LSTM layer, as in recurrent/lstm_step_backward_naive.wgsl, for H a multiple of 4.
//
// A workgroup is one subgroup of S lanes and makes ROWS samples x 4 S units, a lane 4 neighbouring units of all ROWS
// samples: first w_hhᵀ dgates in registers, tiled as in matmul/subgroup.wgsl, then the cell on the four.
alias V = vec4f;
@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> dgates: array<vec4f>;
@group(0) @binding(2) var<storage, read> gates: array<vec4f>;
@group(0) @binding(3) var<storage, read> c: array<vec4f>;
@group(0) @binding(4) var<storage, read> dy: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> dc: array<vec4f>;
@group(0) @binding(6) var<uniform> params: Params;

const S = 8u; // lanes of a subgroup
const ROWS = 16u; // a multiple of S
const LOADS = ROWS / S;

@compute @workgroup_size(S)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let N = params.N;
  let H = params.H;
  let tiles_h = (H + 4 * S - 1) / (4 * S);
  let tile = linear_workgroup(workgroup, grid);
  let j = (tile % tiles_h) * 4 * S + lane * 4;
  let n = (tile / tiles_h) * ROWS;
  if (n >= N) {
    return;
  }

  var sum: array<vec4f, ROWS>; // of each sample, dh of four units
  for (var k = 0u; k < params.depth; k += 4) {
    var w_k = mat4x4f(); // column: row k .. k + 3 of w_hh at units j .. j + 3
    if (j < H) {
      for (var i = 0u; i < 4; i++) {
        w_k[i] = w[((k + i) * H + j) / 4];
      }
    }
    for (var l = 0u; l < LOADS; l++) {
      let m = n + l * S + lane;
      var mine = vec4f();
      if (m < N) {
        mine = dgates[(params.gates_at + (N + m) * 4 * H + k) / 4];
      }
      for (var s = 0u; s < S; s++) {
        sum[l * S + s] += w_k * subgroupShuffle(mine, s);
      }
    }
  }

  if (j >= H) {
    return;
  }
  let gate = H / 4; // vec4s from gate to gate
  // A loop of unknown length: unrolled, its loads and stores take seconds to compile.
  let rows = min(ROWS, N - n);
  for (var r = 0u; r < rows; r++) {
    let unit = (n + r) * H + j;
    let at = (params.gates_at + (n + r) * 4 * H + j) / 4;
    let previous = (params.state_at + unit) / 4;
    let dh = sum[r] + dy[(params.dy_at + unit) / 4];
    let d = cell_backward(dh, dc[unit / 4], gates[at], gates[at + gate], gates[at + 2 * gate], gates[at + 3 * gate],
        c[previous], c[previous + N * gate]);
    dgates[at] = d.di;
    dgates[at + gate] = d.df;
    dgates[at + 2 * gate] = d.dg;
    dgates[at + 3 * gate] = d.do_;
    dc[unit / 4] = d.dc_prev;
  }
}
