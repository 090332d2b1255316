// The last step of batch normalisation's gradient, which its kernels share:
//   dx = scale * (dy - level - (x - center) * slope)
// from a place on, or scale * dy without TRAINING: then x is not looked at. With RELU dy is the gradient of max(y, 0):
// it counts where y is not 0. Needs norm/channel_walk.wgsl; the kernels declare dy, x, y and dx.
override TRAINING: bool = true;
override RELU: bool = false;

fn gradient(i: u32) -> V {
  if (RELU) {
    return where_passed(V(y[i]), V(dy[i]));
  }
  return V(dy[i]);
}

fn write_gradient(walk: Walk, start: Place, scale: Total, level: V, center: V, slope: Total) {
  var at = start;
  while (at.r < at.end) {
    let i = element(walk, at);
    var d = gradient(i);
    if (TRAINING) {
      d = d - level - (V(x[i]) - center) * slope;
    }
    dx[i] = E(d * scale);
    at = next_place(walk, at);
  }
}
