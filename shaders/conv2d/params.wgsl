// The geometry of a convolution: x (N, C, H, W), w (O, C / groups, kH, kW), y (N, O, oH, oW).
struct Conv2d {
  N: u32,
  C: u32,
  H: u32,
  W: u32,
  O: u32,
  kH: u32,
  kW: u32,
  oH: u32,
  oW: u32,
  stride_h: u32,
  stride_w: u32,
  pad_h: u32,
  pad_w: u32,
  dilation_h: u32,
  dilation_w: u32,
  groups: u32,
  splits: u32, // parts into which the images are divided by the backward-weight kernel
}
