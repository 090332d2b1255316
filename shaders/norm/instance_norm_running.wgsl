// What running statistics become after a batch x (N, C, P), given mean and rstd = 1 / sqrt(variance + eps) of each
// channel of each image, (N, C), with biased variance:
//   running_mean[c] = (1 - f) running_mean[c] + f (sum over n of mean[n, c]) / N,
//   running_var[c] = (1 - f) running_var[c] + f (sum over n of variance[n, c]) / N * P / (P - 1).
// variance = 1 / rstd^2 - eps: of a variance far below eps few digits are left. A thread makes a channel.
struct Params {
  N: u32,
  C: u32,
  momentum: f32, // f
  eps: f32,
  unbiased: f32, // P / (P - 1)
}
@group(0) @binding(0) var<storage, read> mean: array<f32>;
@group(0) @binding(1) var<storage, read> rstd: array<f32>;
@group(0) @binding(2) var<storage, read_write> running_mean: array<f32>;
@group(0) @binding(3) var<storage, read_write> running_var: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

alias V = f32;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let c = linear_workgroup(workgroup, grid) * 64 + lane;
  if (c >= params.C) {
    return;
  }
  var means = 0.0;
  var variances = 0.0;
  for (var n = 0u; n < params.N; n++) {
    let r = rstd[n * params.C + c];
    means += mean[n * params.C + c];
    variances += rectified(1 / (r * r) - params.eps); // rounding must not make one negative
  }
  let f = params.momentum;
  let N = f32(params.N);
  running_mean[c] = (1 - f) * running_mean[c] + f * (means / N);
  running_var[c] = (1 - f) * running_var[c] + f * (variances / N * params.unbiased);
}
