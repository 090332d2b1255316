// What the kernels over fours of channels share: sizes, pixels, epilogue. They see a convolution so: y[n, g, row,
// pixel] = sum over taps and depth of w * input at the pixel's tap, where the input lies in fours of channels with its
// padding around it (conv2d/quads.wgsl) and the weights likewise (conv2d/weight_quads.wgsl). Forward, the gradient of
// the input and a transposed convolution differ in the numbers only. Where a gradient's stride is more than 1, output
// pixels of one remainder see only some of the taps; each remainder is a launch.
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
  // fours in a plane of the input, and where in it a pixel's tap is: start + y * step_y + x * step_x + ky * tap_y + kx
  // * tap_x
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

alias V = vec4f;
fn activate(x: V) -> V { return x; } // a row of the elementwise table
override HAS_BIAS: bool = false;
override HAS_RESIDUAL: bool = false;
// Where 4 pixels lie side by side in the output and start on whole fours, OUT is a vec4, WIDTH 4 and these pass it
// through.
alias OUT = f32;
const WIDTH = 1u;
fn narrow(v: vec4f, i: u32) -> OUT { return OUT(v[i]); }
fn widen(v: OUT) -> vec4f { return vec4f(f32(v)); }

// Four neighbouring pixels, counted through all images. Those past the end compute a copy of the last that is not
// written.
struct Pixels {
  number: vec4u,
  origin: vec4u, // where tap 0 of depth 0 of the group is in the input
  out: vec4u, // where the pixel of channel 0 of the group is in the output
}

fn pixels_of(group: u32, first: u32) -> Pixels {
  let number = vec4u(first) + vec4u(0, 1, 2, 3);
  let plane = conv.pH * conv.pW;
  let inside = min(number, vec4u(conv.N * plane - 1));
  let image = divide(inside, plane);
  let p = inside - image * plane;
  let y = divide(p, conv.pW);
  let x = p - y * conv.pW;
  let planes = image * conv.groups + group;
  return Pixels(
    number,
    planes * conv.D * conv.plane + conv.start + y * conv.step_y + x * conv.step_x,
    planes * conv.rows * conv.out_plane + conv.out_start + y * conv.out_y + x * conv.out_x,
  );
}

// Bias, residual, activation, and the store of one row of four pixels.
fn write_row(group: u32, row: u32, pixels: Pixels, sum: vec4f) {
  if (row >= conv.rows) {
    return;
  }
  var v = sum;
  if (HAS_BIAS) {
    v += bias[group * conv.rows + row];
  }
  let to = pixels.out + row * conv.out_plane;
  for (var i = 0u; i < 4; i += WIDTH) {
    if (pixels.number[i] < conv.N * conv.pH * conv.pW) {
      if (HAS_RESIDUAL) {
        output[to[i] / WIDTH] = narrow(activate(v + widen(residual[to[i] / WIDTH])), i);
      } else {
        output[to[i] / WIDTH] = narrow(activate(v), i);
      }
    }
  }
}
