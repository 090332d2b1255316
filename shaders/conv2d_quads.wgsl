// q[n, g, d, y, x] = channels 4 d … 4 d + 3 of group g of image n at (y - before_y, x - before_x), as one vec4; zero outside.
// This is the layout that the register kernels read: one load gives 4 steps of depth, whatever the stride, the dilation and the row
// length, and padding needs no test. A thread makes 4 neighbouring pixels, by vec4 loads where rows are whole fours (VEC); the first
// and last threads of a row write its padding too.
@group(0) @binding(0) var<storage, read> x: array<E>;
@group(0) @binding(1) var<storage, read> x4: array<E4>; // the same memory
@group(0) @binding(2) var<storage, read_write> q: array<E4>;
@group(0) @binding(3) var<uniform> params: Quads;

alias E = f32; // stored elements
alias E4 = vec4f;
override VEC: bool = false;

struct Quads {
  count: u32, // rows of q, of all planes
  C: u32, // of a group
  H: u32,
  W: u32,
  D: u32, // fours of depth of a group
  qH: u32,
  qW: u32,
  before_y: u32,
  before_x: u32,
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  let fours = (params.W + 3) / 4;
  let row = divide(vec4u(i), fours).x;
  if (row >= params.count) {
    return;
  }
  let plane = divide(vec4u(row), params.qH).x;
  let group = divide(vec4u(plane), params.D).x; // of all images
  let iy = row - plane * params.qH - params.before_y; // a negative number wraps to a large one, which is outside too
  let ix = (i - row * fours) * 4;
  var v = mat4x4f(); // columns are channels, rows pixels
  for (var j = 0u; j < 4; j++) {
    let c = (plane - group * params.D) * 4 + j;
    let inside = iy < params.H && c < params.C;
    let at = select(0u, ((group * params.C + c) * params.H + iy) * params.W + ix, inside);
    if (VEC) {
      v[j] = select(vec4f(), vec4f(x4[at / 4]), inside);
    } else {
      let last = select(0u, params.W - 1 - ix, inside);
      for (var k = 0u; k < 4; k++) {
        v[j][k] = select(0.0, f32(x[at + min(k, last)]), inside && k <= last);
      }
    }
  }
  let pixels = transpose(v);
  let to = row * params.qW;
  for (var k = 0u; k < 4; k++) {
    let column = params.before_x + ix + k;
    if (ix + k < params.W && column < params.qW) {
      q[to + column] = E4(pixels[k]);
    }
  }
  if (ix == 0) {
    for (var column = 0u; column < min(params.before_x, params.qW); column++) {
      q[to + column] = E4();
    }
  }
  if (ix + 4 >= params.W) {
    for (var column = params.before_x + params.W; column < params.qW; column++) {
      q[to + column] = E4();
    }
  }
}
