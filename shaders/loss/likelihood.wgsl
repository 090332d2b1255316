// What the kernels of cross_entropy share: x (N, C, inner), labels (N, inner), and what a label asks for. Row n is
// x[base], x[base + inner], …; label t asks for
//   q[c] = w[t] at c = t, else 0; with label smoothing s (SMOOTHED) (1 - s) * w[t] there and s / C * w[c] everywhere.
// Without class weights w is 1. The kernels declare x, label and weight.
struct Params {
  rows: u32, // N * inner
  C: u32,
  inner: u32,
  ignore: u32,
  smoothing: f32,
}

override WEIGHTED: bool = false;
override SMOOTHED: bool = false;
override LOG_PROBABILITIES: bool = false; // x is these already: nll_loss

struct Asked {
  w: f32, // of the label
  label: f32, // q at the label, but for what every class gets
  each: f32, // what a class of weight 1 gets besides
  sum: f32, // of q
}

fn weight_of(c: u32) -> f32 {
  if (WEIGHTED) {
    return weight[c];
  }
  return 1.0;
}

fn asked(t: u32) -> Asked {
  let C = params.C;
  let w = weight_of(min(t, C - 1));
  if (!SMOOTHED) {
    return Asked(w, w, 0, w);
  }
  let each = params.smoothing / f32(C);
  var weights = f32(C);
  if (WEIGHTED) {
    weights = 0;
    for (var c = 0u; c < C; c++) {
      weights += weight[c];
    }
  }
  let own = (1 - params.smoothing) * w;
  return Asked(w, own, each, own + each * weights);
}

// An ignored label's p: -0, or NaN where softmax itself is. The constant -0 may end up as 0.
fn ignored(n: u32, log_sum: f32) -> f32 {
  return select(bitcast<f32>(0x80000000u | (n & 0u)), log_sum, is_nan(log_sum));
}
