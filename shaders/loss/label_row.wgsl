// What focal_loss and binary_cross_entropy_with_labels share: x (N, C, inner), labels (N, inner); row n is x[base],
// x[base + inner], …. The kernels declare weight.
struct Params {
  rows: u32, // N * inner
  C: u32,
  inner: u32,
  setting: f32, // gamma, or label smoothing
}

override WEIGHTED: bool = false;

fn weight_of(c: u32) -> f32 {
  if (WEIGHTED) {
    return weight[min(c, params.C - 1)];
  }
  return 1.0;
}
