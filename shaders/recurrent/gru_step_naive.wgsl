// One step of a GRU layer, the obvious version: a thread makes one hidden unit of one sample.
//   (s_r, s_z, q) = w_hh h_prev + b_hh      sums comes in as w_ih x + b_ih
//   r = sigmoid(sums_r + s_r)   z = sigmoid(sums_z + s_z)   n = tanh(sums_n + r * q)   h = (1 - z) * n + z * h_prev
// sums (N, 3H), w_hh (3H, H), b_hh (3H), gates (N, 4H): r z n q, h (2, N, H): the previous state, then the new one. H
// of any size.
alias V = f32;
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> sums: array<f32>;
@group(0) @binding(3) var<storage, read_write> gates: array<f32>;
@group(0) @binding(4) var<storage, read_write> h: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

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
  let sample = unit / H;
  let j = unit % H;
  let row = params.state_at + sample * H;
  var s = vec3f(bias[j], bias[H + j], bias[2 * H + j]);
  for (var k = 0u; k < H; k++) {
    s += vec3f(w[j * H + k], w[(H + j) * H + k], w[(2 * H + j) * H + k]) * h[row + k];
  }
  let at_sums = params.sums_at + sample * 3 * H + j;
  let made = cell(sums[at_sums] + s.x, sums[at_sums + H] + s.y, sums[at_sums + 2 * H], s.z, h[row + j]);
  let at = params.gates_at + sample * 4 * H + j;
  gates[at] = made.r;
  gates[at + H] = made.z;
  gates[at + 2 * H] = made.n;
  gates[at + 3 * H] = s.z;
  h[row + j + params.N * H] = made.h;
}
