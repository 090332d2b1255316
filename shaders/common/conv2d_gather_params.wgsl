// A convolution as the register kernels see it: y[n, g, row, pixel] = sum over taps and depth of w * input at the pixel's tap, where
// the input lies in fours of channels with its padding around it (conv2d_quads.wgsl) and the weights likewise
// (conv2d_weight_quads.wgsl). Forward, the gradient of the input and a transposed convolution differ in the numbers only.
// Where a gradient's stride is more than 1, output pixels of one remainder see only some of the taps; each remainder is a launch.
struct Gather {
  N: u32,
  groups: u32,
  rows: u32, // output channels of a group
  D: u32, // fours of depth of a group
  pH: u32, // output pixels of this launch
  pW: u32,
  taps_y: u32, // of this launch
  taps_x: u32,
  all_taps: u32,
  // fours in a plane of the input, and where in it a pixel's tap is: start + y * step_y + x * step_x + ky * tap_y + kx * tap_x
  plane: u32,
  start: u32,
  step_y: u32,
  step_x: u32,
  tap_y: u32, // may be "negative": u32 wraps
  tap_x: u32,
  // which tap of w that is: w_start + ky * w_y + kx * w_x
  w_start: u32,
  w_y: u32,
  w_x: u32,
  // elements in a plane of the output, and where in it a pixel is: out_start + y * out_y + x * out_x
  out_plane: u32,
  out_start: u32,
  out_y: u32,
  out_x: u32,
}
