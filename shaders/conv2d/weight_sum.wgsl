// dw[i] = sum over splits of parts[split, i], and so dbias of its parts: the last step of the gradient of the weights
// where these were made in several parts. A thread makes one V.
@group(0) @binding(0) var<storage, read> parts: array<V>;
@group(0) @binding(1) var<storage, read> bias_parts: array<V>;
@group(0) @binding(2) var<storage, read_write> dw: array<V>;
@group(0) @binding(3) var<storage, read_write> dbias: array<V>;
@group(0) @binding(4) var<uniform> params: Params;

alias V = f32; // vec4f where both come in whole fours

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
  var sum = V();
  if (i < params.weights) {
    for (var s = 0u; s < params.splits; s++) {
      sum += parts[s * params.weights + i];
    }
    dw[i] = sum;
  } else if (i < params.weights + params.biases) {
    let b = i - params.weights;
    for (var s = 0u; s < params.splits; s++) {
      sum += bias_parts[s * params.biases + b];
    }
    dbias[b] = sum;
  }
}
