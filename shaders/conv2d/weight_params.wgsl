// Sizes of the gradient of a convolution's weights over fours of channels.
struct Weight {
  N: u32,
  groups: u32,
  rows: u32, // output channels of a group
  depth: u32, // input channels of a group; with folded columns, times those
  D: u32, // fours of them
  taps_y: u32,
  taps_x: u32,
  P: u32, // pixels of a plane of dy, and of a row
  oW: u32,
  H: u32, // of a plane of x, and where in it a pixel's tap is: start + y * step + k * tap (see conv2d/gather.wgsl)
  W: u32,
  start_y: u32,
  start_x: u32,
  step_y: u32,
  step_x: u32,
  tap_y: u32,
  tap_x: u32,
  splits: u32,
  inner: u32, // depth is (c, inner), inner the columns of the window where those are folded into it, else 1
  part: u32, // fours of pixels of a split
  next_y: u32, // rows and columns that four pixels go on by: 4 / oW and 4 % oW
  next_x: u32,
}
