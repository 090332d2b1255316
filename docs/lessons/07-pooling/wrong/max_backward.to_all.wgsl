// says: every element of the window gets it
// dx[plane, r, s] = sum of dy[plane, i, j] over the windows whose largest element was x[plane, r, s]. dy and from_tap
// are (planes, oH, oW), dx is (planes, H, W). Windows may overlap, or leave elements out. A thread makes one element of
// dx.

struct Params {
  planes: u32, // images times channels
  h: u32, // rows and columns of x
  w: u32,
  k: u32, // rows and columns of a window
  stride: u32,
  oh: u32, // rows and columns of y
  ow: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> from_tap: array<f32>; // p * k + q, as max.wgsl wrote it
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = id.x;
  if (at >= params.planes * params.h * params.w) { return; }
  let s = at % params.w;
  let r = at / params.w % params.h;
  let plane = at / (params.w * params.h);
  var sum = 0.0;
  for (var p = 0u; p < params.k; p++) {
    for (var q = 0u; q < params.k; q++) {
      // the window that has this element at (p, q), if there is one
      let y = r - p; // below 0 it is huge, and then its i is too large
      let x = s - q;
      let i = y / params.stride;
      let j = x / params.stride;
      if (y % params.stride != 0 || x % params.stride != 0 || i >= params.oh || j >= params.ow) { continue; }
      let window = (plane * params.oh + i) * params.ow + j;
      sum += dy[window];
    }
  }
  dx[at] = sum;
}
