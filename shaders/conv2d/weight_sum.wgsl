// dw[i] = sum over splits of parts[split, i], and so dbias behind it: the last step of the gradient of the weights.
// A thread makes one element.
@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> dw: array<f32>;
@group(0) @binding(2) var<storage, read_write> dbias: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

struct Params {
  splits: u32,
  weights: u32,
  biases: u32,
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  let stride = params.weights + params.biases;
  if (i >= stride) {
    return;
  }
  var sum = 0.0;
  for (var s = 0u; s < params.splits; s++) {
    sum += parts[s * stride + i];
  }
  if (i < params.weights) {
    dw[i] = sum;
  } else {
    dbias[i - params.weights] = sum;
  }
}
