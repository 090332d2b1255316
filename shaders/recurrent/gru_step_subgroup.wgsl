enable subgroups;
// One step of a GRU layer, as in recurrent/gru_step_naive.wgsl, for H a multiple of 4; tiled as
// recurrent/lstm_step_subgroup.wgsl: a workgroup is one subgroup of S lanes and makes ROWS samples x S units, and the
// sums of a unit end in the registers of one lane.
alias V = f32;
@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> sums: array<f32>;
@group(0) @binding(3) var<storage, read_write> gates: array<f32>;
@group(0) @binding(4) var<storage, read_write> h: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

const S = 8u; // lanes of a subgroup
const ROWS = 16u; // a multiple of S
const LOADS = ROWS / S;

// h_prev[sample, k .. k + 3], zero outside.
fn load_h(sample: u32, k: u32) -> vec4f {
  if (sample >= params.N) {
    return vec4f();
  }
  let at = params.state_at + sample * params.H + k;
  return vec4f(h[at], h[at + 1], h[at + 2], h[at + 3]);
}

@compute @workgroup_size(S)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let N = params.N;
  let H = params.H;
  let tiles_h = (H + S - 1) / S;
  let tile = linear_workgroup(workgroup, grid);
  let j = (tile % tiles_h) * S + lane;
  let first = (tile / tiles_h) * ROWS;
  if (first >= N) {
    return;
  }

  var sum: array<vec3f, ROWS>; // of each sample the parts r z n of w_hh h_prev
  for (var k = 0u; k < H; k += 4) {
    var w_k = mat3x4f(); // column: gate
    if (j < H) {
      for (var gate = 0u; gate < 3; gate++) {
        w_k[gate] = w[((gate * H + j) * H + k) / 4];
      }
    }
    for (var l = 0u; l < LOADS; l++) {
      let mine = load_h(first + l * S + lane, k);
      for (var s = 0u; s < S; s++) {
        sum[l * S + s] += subgroupShuffle(mine, s) * w_k;
      }
    }
  }

  if (j >= H) {
    return;
  }
  let b = vec3f(bias[j], bias[H + j], bias[2 * H + j]);
  // A loop of unknown length: unrolled, its loads and stores take seconds to compile.
  let rows = min(ROWS, N - first);
  for (var row = 0u; row < rows; row++) {
    let sample = first + row;
    let s = sum[row] + b;
    let at_sums = params.sums_at + sample * 3 * H + j;
    let previous = params.state_at + sample * H + j;
    let made = cell(sums[at_sums] + s.x, sums[at_sums + H] + s.y, sums[at_sums + 2 * H], s.z, h[previous]);
    let at = params.gates_at + sample * 4 * H + j;
    gates[at] = made.r;
    gates[at + H] = made.z;
    gates[at + 2 * H] = made.n;
    gates[at + 3 * H] = s.z;
    h[previous + N * H] = made.h;
  }
}
