enable subgroups;
// One step of an LSTM layer, as in recurrent/lstm_step_naive.wgsl, for H a multiple of 4.
//
// The product with w_hh is tiled as in matmul/subgroup.wgsl, but a lane's sixteen columns are the four gates of four
// neighbouring units, so that the sums of a unit end in the registers of one lane, which goes on to the cell: nothing
// is written between product and cell, and the cell reads and writes four units at a time. A workgroup is one subgroup
// of S lanes and makes ROWS samples x 4 S units. Per 4 steps of k a lane loads 16 x 4 of w_hh, and the lanes together
// load ROWS x 4 of h, handed round by shuffles.
alias V = vec4f;
@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> gates: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> h: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;
@group(0) @binding(4) var<uniform> params: Params;

const S = 8u; // lanes of a subgroup
const ROWS = 8u; // a multiple of S
const LOADS = ROWS / S;

// w_hh of one gate at units 4 j .. 4 j + 3 (columns) and steps 4 k .. 4 k + 3, zero outside.
fn load_w(gate: u32, j: u32, k: u32) -> mat4x4f {
  let H4 = params.H / 4;
  var v = mat4x4f();
  if (j < H4) {
    for (var u = 0u; u < 4; u++) {
      v[u] = w[(gate * params.H + 4 * j + u) * H4 + k];
    }
  }
  return v;
}

@compute @workgroup_size(S)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let N = params.N;
  let H4 = params.H / 4; // four units, and four steps of k, are one element
  let tiles_h = (H4 + S - 1) / S;
  let tile = linear_workgroup(workgroup, grid);
  let j = (tile % tiles_h) * S + lane;
  let n = (tile / tiles_h) * ROWS;
  if (n >= N) {
    return;
  }

  // Of each sample, four units. An array for each gate, and a loop for each: nested, they are not unrolled.
  var sum_i: array<vec4f, ROWS>;
  var sum_f: array<vec4f, ROWS>;
  var sum_g: array<vec4f, ROWS>;
  var sum_o: array<vec4f, ROWS>;
  for (var k = 0u; k < H4; k++) {
    var mine = array<vec4f, LOADS>();
    for (var l = 0u; l < LOADS; l++) {
      if (n + l * S + lane < N) {
        mine[l] = h[params.state_at / 4 + (n + l * S + lane) * H4 + k];
      }
    }
    let w_i = load_w(0, j, k);
    for (var r = 0u; r < ROWS; r++) {
      sum_i[r] += subgroupShuffle(mine[r / S], r % S) * w_i;
    }
    let w_f = load_w(1, j, k);
    for (var r = 0u; r < ROWS; r++) {
      sum_f[r] += subgroupShuffle(mine[r / S], r % S) * w_f;
    }
    let w_g = load_w(2, j, k);
    for (var r = 0u; r < ROWS; r++) {
      sum_g[r] += subgroupShuffle(mine[r / S], r % S) * w_g;
    }
    let w_o = load_w(3, j, k);
    for (var r = 0u; r < ROWS; r++) {
      sum_o[r] += subgroupShuffle(mine[r / S], r % S) * w_o;
    }
  }

  if (j >= H4) {
    return;
  }
  // A loop of unknown length: unrolled, its loads and stores take seconds to compile.
  let rows = min(ROWS, N - n);
  for (var r = 0u; r < rows; r++) {
    let at = params.gates_at / 4 + (n + r) * 4 * H4 + j;
    let previous = params.state_at / 4 + (n + r) * H4 + j;
    let next = previous + N * H4;
    let made = cell(sum_i[r] + gates[at], sum_f[r] + gates[at + H4], sum_g[r] + gates[at + 2 * H4], sum_o[r]
        + gates[at + 3 * H4], c[previous]);
    gates[at] = made.i;
    gates[at + H4] = made.f;
    gates[at + 2 * H4] = made.g;
    gates[at + 3 * H4] = made.o;
    c[next] = made.c;
    h[next] = made.h;
  }
}
