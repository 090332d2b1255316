// columns[(c, p, q), (i, j)] = x[c, i * stride + p - pad, j * stride + q - pad] of one image: (C K K, oH oW). Each
// column is one window, so that y = w columns is a product of matrices, w being (O, C K K) as it lies. A thread makes
// one element.

struct Params {
  n: u32, // images
  c: u32, // channels of x
  h: u32, // rows and columns of x
  w: u32,
  o: u32, // channels of y
  k: u32, // rows and columns of a filter
  stride: u32,
  pad: u32,
  oh: u32, // rows and columns of y
  ow: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> columns: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = id.x;
  let pixels = params.oh * params.ow;
  if (at >= params.c * params.k * params.k * pixels) { return; }
  let j = at % params.ow;
  let i = at / params.ow % params.oh;
  let q = at / pixels % params.k;
  let p = at / (pixels * params.k) % params.k;
  let c = at / (pixels * params.k * params.k);
  let row = i * params.stride + p - params.pad;
  let column = j * params.stride + q - params.pad;
  let inside = row < params.h && column < params.w;
  columns[at] = select(0.0, x[(c * params.h + row) * params.w + column], inside);
}
