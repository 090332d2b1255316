enable subgroups;
// One step of an LSTM layer, as in lstm_step_naive.wgsl, for H a multiple of 4.
//
// The product with w_hh is tiled as in matmul_subgroup.wgsl, but a lane's four columns are the four gates of one unit, so that the
// sums of a unit end in the registers of one lane, which goes on to the cell: nothing is written between product and cell. A
// workgroup is one subgroup of S lanes and makes ROWS samples x S units. Per 4 steps of k a lane loads 4 x 4 of w_hh, and the lanes
// together load ROWS x 4 of h, handed round by shuffles.
alias V = f32;
@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> gates: array<f32>;
@group(0) @binding(2) var<storage, read_write> h: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const S = 8u; // lanes of a subgroup
const ROWS = 16u; // a multiple of S
const LOADS = ROWS / S;

// h_prev[n, k .. k + 3], zero outside.
fn load_h(n: u32, k: u32) -> vec4f {
  if (n >= params.N) {
    return vec4f();
  }
  let at = params.state_at + n * params.H + k;
  return vec4f(h[at], h[at + 1], h[at + 2], h[at + 3]);
}

@compute @workgroup_size(S)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let N = params.N;
  let H = params.H;
  let tiles_h = (H + S - 1) / S;
  let tile = linear_workgroup(workgroup, grid);
  let j = (tile % tiles_h) * S + lane;
  let n = (tile / tiles_h) * ROWS;
  if (n >= N) {
    return;
  }

  var sum: array<vec4f, ROWS>; // of each sample the gates i f g o
  for (var k = 0u; k < H; k += 4) {
    var w_k = mat4x4f(); // column: gate
    if (j < H) {
      for (var gate = 0u; gate < 4; gate++) {
        w_k[gate] = w[((gate * H + j) * H + k) / 4];
      }
    }
    for (var l = 0u; l < LOADS; l++) {
      let mine = load_h(n + l * S + lane, k);
      for (var s = 0u; s < S; s++) {
        sum[l * S + s] += subgroupShuffle(mine, s) * w_k;
      }
    }
  }

  if (j >= H) {
    return;
  }
  for (var r = 0u; r < ROWS; r++) {
    if (n + r < N) {
      let at = params.gates_at + (n + r) * 4 * H + j;
      let i = sigmoid(sum[r].x + gates[at]);
      let f = sigmoid(sum[r].y + gates[at + H]);
      let g = bounded_tanh(sum[r].z + gates[at + 2 * H]);
      let o = sigmoid(sum[r].w + gates[at + 3 * H]);
      let previous = params.state_at + (n + r) * H + j;
      let next = previous + N * H;
      let c_new = f * c[previous] + i * g;
      gates[at] = i;
      gates[at + H] = f;
      gates[at + 2 * H] = g;
      gates[at + 3 * H] = o;
      c[next] = c_new;
      h[next] = o * bounded_tanh(c_new);
    }
  }
}
