// q[n, g, d, y, ox] = the elements k = 4 d … 4 d + 3 of what a row of the window sees from output column ox: k = (c,
// kx), at (c, y * step_y - before_y, ox * stride_x + kx * dilation_x - before_x) of group g of image n; zero outside.
// As conv2d/quads.wgsl, but the columns of the window are channels too: for images of few channels, of which fours
// would be mostly zeros, and for windows of one column, which need not copy what their stride leaves out. With a window
// of one column and step 1 it is that layout itself, for rows that are not whole fours. Eight neighbouring threads make
// 8 rows of a plane, a vec4 at a time.
@group(0) @binding(0) var<storage, read> x: array<E>;
@group(0) @binding(1) var<storage, read_write> q: array<E4>;
@group(0) @binding(2) var<uniform> params: Folded;

alias E = f32; // stored elements
alias E4 = vec4f;

struct Folded {
  planes: u32, // of q
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
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let run = run_of(linear_workgroup(workgroup, grid) * 64 + lane, params.planes, params.qH);
  let group = divide(vec4u(run.plane), params.D).x; // of all images
  let k = vec4u((run.plane - group * params.D) * 4) + vec4u(0, 1, 2, 3);
  let c = divide(k, params.kW);
  // negative numbers wrap to large ones, which are outside too
  let column = (k - c * params.kW) * params.dilation_x - params.before_x;
  let from_plane = (group * params.C + c) * params.H * params.W;
  let to_plane = run.plane * params.qH * params.qW;
  var at = first_place(run, lane, params.qW);
  let step = step_of(params.qW);
  while (at.y < run.end) {
    let iy = at.y * params.step_y - params.before_y;
    let ix = at.x * params.stride_x + column;
    let inside = (c < vec4u(params.C)) & (ix < vec4u(params.W)) & vec4<bool>(iy < params.H);
    let from_pixel = select(vec4u(0), from_plane + iy * params.W + ix, inside);
    let v = vec4f(f32(x[from_pixel.x]), f32(x[from_pixel.y]), f32(x[from_pixel.z]), f32(x[from_pixel.w]));
    q[to_plane + at.y * params.qW + at.x] = E4(select(vec4f(), v, inside));
    at = next_place(at, step, params.qW);
  }
}
