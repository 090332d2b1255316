// What the kernels over fours of channels share: sizes, pixels, epilogue. They see a convolution so: y[n, g, row,
// pixel] = sum over taps and depth of w * input at the pixel's tap, where the input lies in fours of channels
// (src/tensor/layout.ts) and so do the weights. Forward, the gradient of the input and a transposed convolution differ
// in the numbers only. Where a gradient's stride is more than 1, output pixels of one remainder see only some of the
// taps; each remainder is a launch.
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
  H: u32, // of a plane of the input, and where in it a pixel's tap is: start + y * step + k * tap
  W: u32,
  start_y: u32, // may be "negative", as all of these: u32 wraps, and then lies outside
  start_x: u32,
  step_y: u32,
  step_x: u32,
  tap_y: u32,
  tap_x: u32,
  // which tap of w that is: w_start + ky * w_y + kx * w_x
  w_start: u32,
  w_y: u32,
  w_x: u32,
  // pixels in a plane of the output, planes in its image, and where in it a pixel is: out_start + y * out_y + x * out_x
  out_plane: u32,
  out_planes: u32,
  out_start: u32,
  out_y: u32,
  out_x: u32,
}

alias V = vec4f;
fn activate(x: V) -> V { return x; } // a row of the elementwise table
override HAS_BIAS: bool = false;
override HAS_RESIDUAL: bool = false;
const MASKED = true; // whether a tap may see what lies outside of the input
const TRANSPOSED = false; // whether w lies as it does for the convolution of which this is the gradient
// The output lies in fours of channels, or in rows. In these, where 4 pixels lie side by side and start on whole
// fours, OUT is a vec4, WIDTH 4 and these pass it through.
const IN_FOURS = true;
alias OUT = f32;
const WIDTH = 1u;
fn narrow(v: vec4f, i: u32) -> OUT { return OUT(v[i]); }
fn widen(v: OUT) -> vec4f { return vec4f(f32(v)); }

// Four pixels, counted through all images. Those past the end compute a copy of the last that is not written.
struct Pixels {
  number: vec4u,
  y: vec4u, // of tap 0 in the input
  x: vec4u,
  base: vec4u, // where depth 0 of the group starts there
  out: vec4u, // where the pixel of channel 0 of the group is in the output
}

// Four neighbours.
fn pixels_of(group: u32, first: u32) -> Pixels {
  return pixels_at(group, first + vec4u(0, 1, 2, 3));
}

fn pixels_at(group: u32, number: vec4u) -> Pixels {
  let plane = conv.pH * conv.pW;
  let inside = min(number, vec4u(conv.N * plane - 1));
  let image = divide(inside, plane);
  let p = inside - image * plane;
  let y = divide(p, conv.pW);
  let x = p - y * conv.pW;
  let rows = select(conv.rows, conv.rows / 4, IN_FOURS);
  return Pixels(
    number,
    conv.start_y + y * conv.step_y,
    conv.start_x + x * conv.step_x,
    (image * conv.groups + group) * conv.D * conv.H * conv.W,
    (image * conv.out_planes + group * rows) * conv.out_plane + conv.out_start + y * conv.out_y + x * conv.out_x,
  );
}

// What a tap of four pixels sees.
struct Seen {
  at: vec4u, // of depth 0; anything where nothing is seen
  inside: vec4<bool>,
}

fn seen_by(pixels: Pixels, ky: u32, kx: u32) -> Seen {
  let y = pixels.y + ky * conv.tap_y;
  let x = pixels.x + kx * conv.tap_x;
  if (!MASKED) {
    return Seen(pixels.base + y * conv.W + x, vec4<bool>(true));
  }
  let inside = (y < vec4u(conv.H)) & (x < vec4u(conv.W));
  return Seen(pixels.base + select(vec4u(), y * conv.W + x, inside), inside);
}

fn masked(v: vec4f, inside: bool) -> vec4f {
  if (!MASKED) {
    return v;
  }
  return select(vec4f(), v, inside);
}

// Where the w of this tap starts, counted in fours.
fn weights_of(group: u32, ky: u32, kx: u32) -> u32 {
  return (group * conv.all_taps + conv.w_start + ky * conv.w_y + kx * conv.w_x) * conv.D * conv.rows;
}

// Where in it row's w of depth 0 is; and of the next four of depth. Transposed, the four of a row there holds the
// row's own four of channels, of the output channel row % 4: four such make a block that has to be turned.
fn weight_row(row: u32) -> u32 {
  return select(row, row / 4 * 4 * conv.D + row % 4, TRANSPOSED);
}

fn weight_step() -> u32 {
  return select(conv.rows, 4u, TRANSPOSED);
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

// The same for four rows from `row` on, in fours of channels: columns are pixels.
fn write_fours(group: u32, row: u32, pixels: Pixels, sum: mat4x4f) {
  if (row >= conv.rows) {
    return;
  }
  var added = vec4f();
  if (HAS_BIAS) {
    let b = group * conv.rows + row;
    added = vec4f(bias[b], bias[b + 1], bias[b + 2], bias[b + 3]);
  }
  let to = pixels.out + row / 4 * conv.out_plane;
  for (var i = 0u; i < 4; i++) {
    if (pixels.number[i] < conv.N * conv.pH * conv.pW) {
      var v = sum[i] + added;
      if (HAS_RESIDUAL) {
        v += widen(residual[to[i]]);
      }
      output[to[i]] = narrow(activate(v), 0u);
    }
  }
}
