// Sizes of the gradient of a convolution's weights over fours of channels.
struct Weight {
  N: u32,
  groups: u32,
  rows: u32, // output channels of a group
  depth: u32, // input channels of a group; with folded columns, times those
  D: u32, // fours of them
  taps_y: u32,
  taps_x: u32,
  oH: u32,
  oW: u32, // of dy as it lies here: a multiple of 4
  plane: u32, // fours in a plane of x, and the steps in it
  step_y: u32,
  step_x: u32,
  tap_y: u32,
  tap_x: u32,
  splits: u32,
  inner: u32, // depth is (c, inner), inner the columns of the window where those are folded into it, else 1
}
