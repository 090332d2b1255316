// The geometry of a pooling: x (planes, H, W), y (planes, oH, oW), planes = N * C. All but the number of planes are
// constants of the pipeline: every thread divides by them several times, and a division by a constant is a
// multiplication.
//
// Two rules say what output o looks at, along each dimension. Plain: o * stride - pad + k * dilation for k = 0 .. kH -
// 1, as far as that lies in the plane. ADAPTIVE: floor(o * H / oH) .. ceil((o + 1) * H / oH) - 1; kH is the largest
// such window, the others are cut.
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
override dilation_h: u32 = 1;
override dilation_w: u32 = 1;
override ADAPTIVE: bool = false;
override CUT: bool = false; // some windows are cut: by the plane's edges, or by the adaptive rule
struct Pool2d {
  planes: u32,
  lowest: f32, // -infinity, for which WGSL has no literal: the maximum of a window that holds nothing
  rows: u32, // kH and kW again, unknown to the compiler
  columns: u32,
}

// Turns of the loops over a window. Loops over a small window are unrolled, which is fast; unrolling a large one
// compiles for seconds (lavapipe took 1.0 s for 13x4, 0.1 s like this).
fn window_rows() -> u32 {
  return select(kH, pool.rows, kH * kW > 9);
}

fn window_columns() -> u32 {
  return select(kW, pool.columns, kH * kW > 9);
}

// The window of output (ox, oy) starts here, (x, y); negative in the padding.
fn window_corner(ox: u32, oy: u32) -> vec2i {
  if (ADAPTIVE) {
    return vec2i(vec2u(ox * W / oW, oy * H / oH));
  }
  return vec2i(i32(ox * stride_w) - i32(pad_w), i32(oy * stride_h) - i32(pad_h));
}

// Where the window is cut: one past the last column and row it may look at.
fn window_end(ox: u32, oy: u32) -> vec2i {
  if (ADAPTIVE) {
    return vec2i(vec2u((ox * W + W + oW - 1) / oW, (oy * H + H + oH - 1) / oH));
  }
  return vec2i(i32(W), i32(H));
}

fn in_window(at: vec2i, end: vec2i) -> bool {
  return !CUT || (at.x >= 0 && at.y >= 0 && at.x < end.x && at.y < end.y);
}

// The outputs whose windows reach over row i: first and one past the last. With dilation a window may skip the row.
fn windows_over_y(i: u32) -> vec2u {
  if (ADAPTIVE) {
    return vec2u(i * oH / H, (i * oH + oH + H - 1) / H);
  }
  let reach = (kH - 1) * dilation_h + 1;
  let first = select(0u, (i + pad_h - reach) / stride_h + 1, i + pad_h >= reach);
  return vec2u(first, min((i + pad_h) / stride_h + 1, oH));
}

// The same for column i.
fn windows_over_x(i: u32) -> vec2u {
  if (ADAPTIVE) {
    return vec2u(i * oW / W, (i * oW + oW + W - 1) / W);
  }
  let reach = (kW - 1) * dilation_w + 1;
  let first = select(0u, (i + pad_w - reach) / stride_w + 1, i + pad_w >= reach);
  return vec2u(first, min((i + pad_w) / stride_w + 1, oW));
}

// Where element i of y lies in rows, of channel l of four, where it is counted as in fours of channels.
fn in_rows(i: u32, l: u32) -> u32 {
  return (i / (oH * oW) * 4 + l) * (oH * oW) + i % (oH * oW);
}
