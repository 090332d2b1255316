// says: the first of several
// y[plane, i, j] = the largest x[plane, i * stride + p, j * stride + q] with p, q < k, and from[plane, i, j] which it
// was: its number p * k + q in the window, of several the first. x is (planes, H, W), y and from are (planes, oH, oW).
// A thread makes one element of both.

struct Params {
  planes: u32, // images times channels
  h: u32, // rows and columns of x
  w: u32,
  k: u32, // rows and columns of a window
  stride: u32,
  oh: u32, // rows and columns of y
  ow: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> from_tap: array<f32>; // whole numbers
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = id.x;
  if (at >= params.planes * params.oh * params.ow) { return; }
  let j = at % params.ow;
  let i = at / params.ow % params.oh;
  let plane = at / (params.ow * params.oh);
  let first = (plane * params.h + i * params.stride) * params.w + j * params.stride;
  var best = x[first];
  var tap = 0u;
  for (var p = 0u; p < params.k; p++) {
    for (var q = 0u; q < params.k; q++) {
      let v = x[first + p * params.w + q];
      if (v >= best) {
        best = v;
        tap = p * params.k + q;
      }
    }
  }
  y[at] = best;
  from_tap[at] = f32(tap);
}
