// dw[o, k] = sum over parts of parts[part, o / 4, k] at o % 4, k = (c, ky, kx), and so dbias behind it: the last step
// of thin/backward_weight.wgsl. A thread makes one element.
@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> dw: array<f32>;
@group(0) @binding(2) var<storage, read_write> dbias: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

struct Params {
  parts: u32,
  stride: u32, // numbers of a part
  channels: u32, // of y
  depth: u32, // C / groups * kH * kW
  biases: u32,
  group: u32, // channels of y in a group
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  let weights = params.channels * params.depth;
  if (i >= weights + params.biases) {
    return;
  }
  let is_bias = i >= weights;
  let o = select(i / params.depth, i - weights, is_bias);
  let fours = (params.group + 3) / 4;
  let four = o / params.group * fours + o % params.group / 4;
  let in_fours = select(four * params.depth + i % params.depth, params.channels / params.group * fours * params.depth
      + four, is_bias);
  let at = 4 * in_fours + o % params.group % 4;
  var sum = 0.0;
  for (var p = 0u; p < params.parts; p++) {
    sum += parts[p * params.stride + at];
  }
  if (is_bias) {
    dbias[o] = sum;
  } else {
    dw[i] = sum;
  }
}
