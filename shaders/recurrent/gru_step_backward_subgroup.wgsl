enable subgroups;
// The gradient of one step of a GRU layer, as in recurrent/gru_step_backward_naive.wgsl, for H a multiple of 4; tiled
// as recurrent/lstm_step_backward_subgroup.wgsl: a workgroup is one subgroup of S lanes and makes ROWS samples x 4 S
// units, a lane four neighbouring units of all ROWS samples.
alias V = vec4f;
@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> dx_sums: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dh_sums: array<vec4f>;
@group(0) @binding(3) var<storage, read> gates: array<vec4f>;
@group(0) @binding(4) var<storage, read> h_prev: array<vec4f>;
@group(0) @binding(5) var<storage, read> dy: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> dh_direct: array<vec4f>;
@group(0) @binding(7) var<uniform> params: Params;

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
  let first = (tile / tiles_h) * ROWS;
  if (first >= N) {
    return;
  }

  var sum: array<vec4f, ROWS>; // of each sample, what comes back from the step after to four units
  for (var k = 0u; k < params.depth; k += 4) {
    var w_k = mat4x4f(); // column: row k .. k + 3 of w_hh at units j .. j + 3
    if (j < H) {
      for (var i = 0u; i < 4; i++) {
        w_k[i] = w[((k + i) * H + j) / 4];
      }
    }
    for (var l = 0u; l < LOADS; l++) {
      let sample = first + l * S + lane;
      var mine = vec4f();
      if (sample < N) {
        mine = dh_sums[(params.sums_at + (N + sample) * 3 * H + k) / 4];
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
  let rows = min(ROWS, N - first);
  for (var row = 0u; row < rows; row++) {
    let sample = first + row;
    let unit = (sample * H + j) / 4;
    let at = (params.gates_at + sample * 4 * H + j) / 4;
    let dh = sum[row] + dy[params.dy_at / 4 + unit] + dh_direct[unit];
    let d = cell_backward(dh, gates[at], gates[at + gate], gates[at + 2 * gate], gates[at + 3 * gate],
        h_prev[params.state_at / 4 + unit]);
    let to = (params.sums_at + sample * 3 * H + j) / 4;
    dx_sums[to] = d.dr;
    dx_sums[to + gate] = d.dz;
    dx_sums[to + 2 * gate] = d.dn;
    dh_sums[to] = d.dr;
    dh_sums[to + gate] = d.dz;
    dh_sums[to + 2 * gate] = d.dq;
    dh_direct[unit] = d.dh_prev;
  }
}
