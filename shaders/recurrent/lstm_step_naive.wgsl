// One step of an LSTM layer, the obvious version: a thread makes one hidden unit of one sample.
//   z = gates + w_hh h_prev, the four gates i f g o of the unit
//   gates comes in as w_ih x + b_ih + b_hh, and goes out as i f g o
//   c = f * c_prev + i * g     h = o * tanh(c)
// gates (N, 4H), w_hh (4H, H), h and c (2, N, H): the previous state, then the new one. H of any size.
alias V = f32;
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> gates: array<f32>;
@group(0) @binding(2) var<storage, read_write> h: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

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
  let at = params.gates_at + n * 4 * H + j;
  let row = params.state_at + n * H;
  var z = vec4f(gates[at], gates[at + H], gates[at + 2 * H], gates[at + 3 * H]);
  for (var k = 0u; k < H; k++) {
    let w_k = vec4f(w[j * H + k], w[(H + j) * H + k], w[(2 * H + j) * H + k], w[(3 * H + j) * H + k]);
    z += w_k * h[row + k];
  }
  let previous = row + j;
  let next = previous + params.N * H;
  let made = cell(z.x, z.y, z.z, z.w, c[previous]);
  gates[at] = made.i;
  gates[at + H] = made.f;
  gates[at + 2 * H] = made.g;
  gates[at + 3 * H] = made.o;
  c[next] = made.c;
  h[next] = made.h;
}
