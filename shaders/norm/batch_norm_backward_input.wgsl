// dx = weight / std * (dy - (dbias + xhat * dweight) / M), xhat = (x - mean) / std, M numbers in a channel: the batch's
// mean and variance depend on x. Without TRAINING they do not: dx = weight / std * dy. With RELU dy is the gradient of
// max(y, 0): it counts where y is not 0. x (N, C, P). A workgroup makes a part of one channel.
struct Params {
  walk: Walk,
  eps: f32,
  weight_stride: u32, // 1; 0 where the layer has none and a single 1 is bound
  row: u32, // elements from dweight to dbias in `sums`
  share: f32, // 1 / M
}
@group(0) @binding(0) var<storage, read> dy: array<E>;
@group(0) @binding(1) var<storage, read> x: array<E>;
@group(0) @binding(2) var<storage, read> mean: array<Total>;
@group(0) @binding(3) var<storage, read> variance: array<Total>;
@group(0) @binding(4) var<storage, read> weight: array<Total>;
@group(0) @binding(5) var<storage, read> sums: array<Total>; // dweight, dbias
@group(0) @binding(6) var<storage, read> y: array<E>; // (N, C, P), after the relu; anything when not RELU
@group(0) @binding(7) var<storage, read_write> dx: array<E>;
@group(0) @binding(8) var<uniform> params: Params;

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
  let rstd = 1 / sqrt(variance[at.c] + params.eps);
  let scale = weight[at.c * params.weight_stride] * rstd;
  var level = V();
  var slope = Total();
  if (TRAINING) {
    level = V(sums[params.row + at.c] * params.share);
    slope = sums[at.c] * params.share * rstd;
  }
  write_gradient(walk, at, scale, level, V(mean[at.c]), slope);
}
