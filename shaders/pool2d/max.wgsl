// y[p, oy, ox] = max over the window of x[p, …]; index = where in the plane it was found (iy * W + ix), the first of
// equals. A NaN wins, the last one of several, as in PyTorch; padding never does. With RELU y = max over the window of
// max(x, 0), and a window without a positive number has its maximum nowhere, so that no gradient passes: relu and its
// gradient, without passes of their own. A thread makes one output, or those of four channels where x lies in fours of
// them, PARTS of which it then writes one by one where y lies in rows; a workgroup 64 neighbours.
@group(0) @binding(0) var<storage, read> x: array<E>;
@group(0) @binding(1) var<storage, read_write> y: array<Y>;
@group(0) @binding(2) var<storage, read_write> index: array<U>;
@group(0) @binding(3) var<uniform> pool: Pool2d;

alias E = f32; // as stored

override RELU: bool = false;
override INDEX: bool = true; // else y alone
const NOWHERE = 0xffffffffu; // found nothing yet

alias V = f32; // vec4f: four channels (src/tensor/layout.ts)
alias Y = E;
const PARTS = 1u;
fn part(v: V, l: u32) -> Y { return Y(v); }

fn make(i: u32) {
  let corner = window_corner(i % oW, i / oW % oH);
  let end = window_end(i % oW, i / oW % oH);
  let base = i / (oW * oH) * H * W;
  var best = U(NOWHERE);
  var best_x = V(pool.lowest);
  for (var ky = 0u; ky < window_rows(); ky++) {
    for (var kx = 0u; kx < window_columns(); kx++) {
      let at = corner + vec2i(i32(kx * dilation_w), i32(ky * dilation_h));
      if (in_window(at, end)) {
        let here = u32(at.y) * W + u32(at.x);
        var v = V(x[base + here]);
        if (RELU) {
          v = rectified(v);
        }
        let wins = (best == U(NOWHERE)) | (v > best_x) | (magnitude(v) > U(0x7f800000u));
        best_x = select(best_x, v, wins);
        best = select(best, U(here), wins);
      }
    }
  }
  for (var l = 0u; l < PARTS; l++) {
    y[select(in_rows(i, l), i, PARTS == 1)] = part(best_x, l);
  }
  if (!INDEX) {
    return;
  }
  if (RELU) {
    best = select(best, U(NOWHERE), magnitude(best_x) == U());
  }
  index[i] = best;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = linear_workgroup(workgroup, grid);
  for (var step = 0u; step < STEPS; step++) {
    let i = element_of(group, lane, step);
    if (i < pool.planes * oH * oW) {
      make(i);
    }
  }
}
