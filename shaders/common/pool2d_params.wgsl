// The geometry of a pooling: x (planes, H, W), y (planes, oH, oW), planes = N * C.
// All but the number of planes are constants of the pipeline: every thread divides by them several times, and a division by a
// constant is a multiplication.
override H: u32 = 28;
override W: u32 = 28;
override oH: u32 = 14;
override oW: u32 = 14;
override kH: u32 = 2;
override kW: u32 = 2;
override stride_h: u32 = 2;
override stride_w: u32 = 2;
override pad_h: u32 = 0;
override pad_w: u32 = 0;
struct Pool2d {
  planes: u32,
}

// The outputs o whose window [o * stride - pad, … + k) holds position i: first and one past the last.
fn windows_over_y(i: u32) -> vec2u {
  let first = select(0u, (i + pad_h - kH) / stride_h + 1, i + pad_h >= kH);
  return vec2u(first, min((i + pad_h) / stride_h + 1, oH));
}

fn windows_over_x(i: u32) -> vec2u {
  let first = select(0u, (i + pad_w - kW) / stride_w + 1, i + pad_w >= kW);
  return vec2u(first, min((i + pad_w) / stride_w + 1, oW));
}

// The window of output (ox, oy) starts here, (x, y); negative in the padding.
fn window_corner(ox: u32, oy: u32) -> vec2i {
  return vec2i(i32(ox * stride_w) - i32(pad_w), i32(oy * stride_h) - i32(pad_h));
}

// Without padding no window reaches out of the plane: the sizes of y are rounded down.
fn in_plane(at: vec2i) -> bool {
  return (pad_w == 0 && pad_h == 0) || (at.x >= 0 && at.y >= 0 && at.x < i32(W) && at.y < i32(H));
}
