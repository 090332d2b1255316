// q[n, g, d, y, ox] = the elements k = 4 d … 4 d + 3 of what a row of the window sees from output column ox: k = (c, kx), at
// (c, y * step_y - before_y, ox * stride_x + kx * dilation_x - before_x) of group g of image n; zero outside.
// As conv2d_quads.wgsl, but the columns of the window are channels too: for images of few channels, of which fours would be mostly
// zeros, and for windows of one column, which need not copy what their stride leaves out. A thread makes one vec4.
@group(0) @binding(0) var<storage, read> x: array<E>;
@group(0) @binding(1) var<storage, read_write> q: array<E4>;
@group(0) @binding(2) var<uniform> params: Folded;

alias E = f32; // stored elements
alias E4 = vec4f;

struct Folded {
  count: u32, // vec4s of q
  C: u32, // of a group
  H: u32,
  W: u32,
  D: u32, // fours of depth of a group
  qH: u32,
  qW: u32,
  before_y: u32,
  before_x: u32,
  kW: u32,
  step_y: u32,
  stride_x: u32,
  dilation_x: u32,
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
  let iy = (row - plane * params.qH) * params.step_y - params.before_y; // negative numbers wrap to large ones, which are outside too
  let k = vec4u((plane - group * params.D) * 4) + vec4u(0, 1, 2, 3);
  let c = divide(k, params.kW);
  let ix = (i - row * params.qW) * params.stride_x + (k - c * params.kW) * params.dilation_x - params.before_x;
  let inside = (c < vec4u(params.C)) & (ix < vec4u(params.W)) & vec4<bool>(iy < params.H);
  let at = select(vec4u(0), ((group * params.C + c) * params.H + iy) * params.W + ix, inside);
  q[i] = E4(select(vec4f(), vec4f(f32(x[at.x]), f32(x[at.y]), f32(x[at.z]), f32(x[at.w])), inside));
}
