// The geometry of a pooling: x (planes, H, W), y (planes, oH, oW), planes = N * C.
struct Pool2d {
  planes: u32,
  H: u32,
  W: u32,
  oH: u32,
  oW: u32,
  kH: u32,
  kW: u32,
  stride_h: u32,
  stride_w: u32,
  pad_h: u32,
  pad_w: u32,
}

// The outputs o whose window [o * stride - pad, … + k) holds position i: first and one past the last.
fn windows_over(i: u32, size: u32, k: u32, stride: u32, pad: u32) -> vec2u {
  let first = select(0u, (i + pad - k) / stride + 1, i + pad >= k);
  return vec2u(first, min((i + pad) / stride + 1, size));
}
