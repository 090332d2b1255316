// q[n, g, d, y, x] = channels 4 d … 4 d + 3 of group g of image n at (y - before_y, x - before_x), as one vec4; zero
// outside. This is the layout that the register kernels read: one load gives 4 steps of depth, whatever the stride, the
// dilation and the row length, and padding needs no test. Eight neighbouring threads make 8 rows of one plane: they
// walk the rows side by side, each making 4 pixels at a time by vec4 loads, then walk the padding left and right of
// them. So memory is read and written in runs, and what divides is done once a thread. Rows of x are whole fours;
// conv2d/quads_folded.wgsl copies others.
@group(0) @binding(0) var<storage, read> x: array<E4>;
@group(0) @binding(1) var<storage, read_write> q: array<E4>;
@group(0) @binding(2) var<uniform> params: Quads;

alias E4 = vec4f; // stored elements

struct Quads {
  planes: u32, // of q
  C: u32, // of a group
  H: u32,
  W: u32,
  D: u32, // fours of depth of a group
  qH: u32,
  qW: u32,
  before_y: u32,
  before_x: u32,
  fours: u32, // in a row of x
  left: u32, // padding of a row, and of both sides
  pads: u32,
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let run = run_of(linear_workgroup(workgroup, grid) * 64 + lane, params.planes, params.qH);
  let group = divide(vec4u(run.plane), params.D).x; // of all images
  let c = (run.plane - group * params.D) * 4;
  let from_plane = (group * params.C + c) * params.H * params.fours;
  let to_plane = run.plane * params.qH * params.qW;

  var at = first_place(run, lane, params.fours);
  let step = step_of(params.fours);
  while (at.y < run.end) {
    let iy = at.y - params.before_y; // a negative number wraps to a large one, which is outside too
    let from_row = from_plane + iy * params.fours + at.x;
    var v = mat4x4f(); // columns are channels, rows pixels
    for (var j = 0u; j < 4; j++) {
      let inside = iy < params.H && c + j < params.C;
      v[j] = select(vec4f(), vec4f(x[select(0u, from_row + j * params.H * params.fours, inside)]), inside);
    }
    let pixels = transpose(v);
    let column = params.before_x + at.x * 4;
    for (var k = 0u; k < 4; k++) {
      if (column + k < params.qW) {
        q[to_plane + at.y * params.qW + column + k] = E4(pixels[k]);
      }
    }
    at = next_place(at, step, params.fours);
  }

  if (params.pads > 0) {
    at = first_place(run, lane, params.pads);
    let pad_step = step_of(params.pads);
    while (at.y < run.end) {
      q[to_plane + at.y * params.qW + at.x + select(params.W, 0u, at.x < params.left)] = E4();
      at = next_place(at, pad_step, params.pads);
    }
  }
}
