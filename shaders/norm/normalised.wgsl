// The last step of batch normalisation, which its kernels share: y = (x - center) * scale + shift from a place on, with
// RESIDUAL + residual, with RELU max(that, 0). Needs norm/channel_walk.wgsl; the kernels declare x, residual and y.
override RELU: bool = false;
override RESIDUAL: bool = false;

fn normalise(walk: Walk, start: Place, center: V, scale: Total, shift: V) {
  var at = start;
  while (at.r < at.end) {
    let i = element(walk, at);
    var v = (V(x[i]) - center) * scale + shift;
    if (RESIDUAL) {
      v += V(residual[i]);
    }
    if (RELU) {
      v = rectified(v);
    }
    y[i] = E(v);
    at = next_place(walk, at);
  }
}
