// Batch norm with constant statistics, put into the convolution before it: with scale[o] = weight[o] / sqrt(variance[o]
// + eps), folded_w[o, …] = w[o, …] * scale[o] and folded_b[o] = bias[o] + (conv_bias[o] - mean[o]) * scale[o]; w is
// (O, K), K the numbers that one output channel is made with, in rows or as convolutions read them
// (src/tensor/layout.ts). A workgroup makes a channel, so that what belongs to it is looked up once by a thread.
struct Params {
  K: u32,
  first: u32, // channel of w's first row: w may be a window
  eps: f32,
  weight_stride: u32, // 1; 0 where the layer has none and a single 1 is bound
  bias_stride: u32,
  O: u32, // channels of the window
  group_rows: u32, // channels of a group of the convolution
}
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> conv_bias: array<f32>; // (all O); anything when not CONV_BIAS
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> variance: array<f32>;
@group(0) @binding(4) var<storage, read> weight: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read_write> folded_w: array<f32>;
@group(0) @binding(7) var<storage, read_write> folded_b: array<f32>; // (all O)
@group(0) @binding(8) var<uniform> params: Params;

override CONV_BIAS: bool = false;
override FILTER: bool = false;

fn place(row: u32, k: u32) -> u32 {
  if (!FILTER) {
    return row * params.K + k;
  }
  let group = row / params.group_rows;
  return ((group * (params.K / 4) + k / 4) * params.group_rows + row % params.group_rows) * 4 + k % 4;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = linear_workgroup(workgroup, grid);
  if (row >= params.O) {
    return;
  }
  let o = params.first + row;
  let scale = weight[o * params.weight_stride] / sqrt(variance[o] + params.eps);
  for (var k = lane; k < params.K; k += 64) {
    let at = place(row, k);
    folded_w[at] = w[at] * scale;
  }
  if (lane == 0) {
    var center = -mean[o];
    if (CONV_BIAS) {
      center += conv_bias[o];
    }
    folded_b[o] = center * scale + bias[o * params.bias_stride];
  }
}
