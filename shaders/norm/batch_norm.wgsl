// y = (x - mean[c]) / sqrt(variance[c] + eps) * weight[c] + bias[c], x and y (N, C, P); with RESIDUAL + residual, with
// RELU max(that, 0): what follows a normalisation in a residual network costs no pass of its own. Mean and variance are
// the batch's in training, else the running ones. A workgroup makes a part of one channel (see
// norm/channel_walk.wgsl).
struct Params {
  walk: Walk,
  eps: f32,
  weight_stride: u32, // 1; 0 where the layer has none and a single 1 is bound
  bias_stride: u32,
}
@group(0) @binding(0) var<storage, read> x: array<E>;
@group(0) @binding(1) var<storage, read> mean: array<Total>;
@group(0) @binding(2) var<storage, read> variance: array<Total>;
@group(0) @binding(3) var<storage, read> weight: array<Total>;
@group(0) @binding(4) var<storage, read> bias: array<Total>;
@group(0) @binding(5) var<storage, read> residual: array<E>; // (N, C, P); anything when not RESIDUAL
@group(0) @binding(6) var<storage, read_write> y: array<E>;
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let walk = params.walk;
  let at = first_place(walk, linear_workgroup(workgroup, grid), lane);
  if (at.r >= at.end) {
    return;
  }
  let scale = weight[at.c * params.weight_stride] / sqrt(variance[at.c] + params.eps);
  normalise(walk, at, V(mean[at.c]), scale, V(bias[at.c * params.bias_stride]));
}
