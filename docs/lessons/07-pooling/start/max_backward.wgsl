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
  // yours: of which windows was this element the largest?
}
