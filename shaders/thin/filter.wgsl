// q[group, tile, c, ky, kx, f] = w[o … o + 3, c, ky, kx], o = 4 (FOURS tile + f), as one vec4; zero past the last
// channel: weights as thin/forward.wgsl reads them; and behind them the bias, q[group, tile, f]. A thread makes one
// vec4.
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read_write> q: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

struct Params {
  weights: u32, // vec4s
  biases: u32,
  fours: u32, // in a tile
  tiles: u32, // in a group
  depth: u32, // C / groups * kH * kW
  channels: u32, // of y, in a group
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= params.weights + params.biases) {
    return;
  }
  let is_bias = i >= params.weights;
  let number = select(i / (params.fours * params.depth) * params.fours + i % params.fours, i - params.weights, is_bias);
  let k = i / params.fours % params.depth;
  let in_group = params.tiles * params.fours;
  let o = number % in_group * 4;
  var v = vec4f();
  for (var j = 0u; j < 4; j++) {
    if (o + j < params.channels) {
      let row = number / in_group * params.channels + o + j;
      if (is_bias) {
        v[j] = bias[row];
      } else {
        v[j] = w[row * params.depth + k];
      }
    }
  }
  q[i] = v;
}
