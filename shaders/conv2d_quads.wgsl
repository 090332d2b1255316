// q[n, g, d, y, x] = channels 4 d … 4 d + 3 of group g of image n at (y - before_y, x - before_x), as one vec4; zero outside.
// With FOLD the taps of the window are channels too: q[n, g, d, y, x] = the elements k = 4 d … 4 d + 3 of the column of output pixel
// (y, x), k = (c, ky, kx). That is for few channels, of which fours would be mostly zeros.
// This is the layout that the register kernels read: one load gives 4 steps of depth, whatever the stride, the dilation and the row
// length, and padding needs no test. A thread makes one vec4.
@group(0) @binding(0) var<storage, read> x: array<E>;
@group(0) @binding(1) var<storage, read_write> q: array<E4>;
@group(0) @binding(2) var<uniform> params: Quads;

alias E = f32; // stored elements
alias E4 = vec4f;
override FOLD: bool = false;

struct Quads {
  count: u32, // vec4s of q
  C: u32, // of a group
  H: u32,
  W: u32,
  D: u32, // fours of depth of a group
  qH: u32,
  qW: u32,
  before_y: u32,
  before_x: u32,
  // FOLD
  kH: u32,
  kW: u32,
  stride_y: u32,
  stride_x: u32,
  dilation_y: u32,
  dilation_x: u32,
}

fn element(plane: u32, k: u32, y: u32, x_: u32) -> f32 {
  var c = k;
  var iy = y - params.before_y; // negative numbers wrap to large ones, which are outside too
  var ix = x_ - params.before_x;
  if (FOLD) {
    let taps = params.kH * params.kW;
    c = k / taps;
    let tap = k % taps;
    iy = y * params.stride_y + tap / params.kW * params.dilation_y - params.before_y;
    ix = x_ * params.stride_x + tap % params.kW * params.dilation_x - params.before_x;
  }
  if (c >= params.C || iy >= params.H || ix >= params.W) {
    return 0.0;
  }
  return f32(x[((plane + c) * params.H + iy) * params.W + ix]);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= params.count) {
    return;
  }
  let row = divide(vec4u(i), params.qW).x;
  let plane = divide(vec4u(row), params.qH).x;
  let group = divide(vec4u(plane), params.D).x; // of all images
  let y = row - plane * params.qH;
  let column = i - row * params.qW;
  let k = (plane - group * params.D) * 4;
  let first = group * params.C;
  q[i] = E4(vec4f(element(first, k, y, column), element(first, k + 1, y, column), element(first, k + 2, y, column), element(first, k + 3, y, column)));
}
