// says: outside of
// dx[n, c, r, s] = sum over o, p, q of dy[n, o, i, j] * w[o, c, p, q], over the (i, j) whose window has x[r, s] at (p,
// q): i * stride + p - pad = r and j * stride + q - pad = s. dy is (N, O, oH, oW), w is (O, C, K, K), dx is (N, C, H,
// W). A thread makes one element of dx.

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

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = id.x;
  if (at >= params.n * params.c * params.h * params.w) { return; }
  let s = at % params.w;
  let r = at / params.w % params.h;
  let c = at / (params.w * params.h) % params.c;
  let n = at / (params.w * params.h * params.c);
  var sum = 0.0;
  for (var p = 0u; p < params.k; p++) {
    let y = r + params.pad - p; // i * stride, if there is such an i
    if (y % params.stride != 0) { continue; }
    for (var q = 0u; q < params.k; q++) {
      let x = s + params.pad - q;
      if (x % params.stride != 0) { continue; }
      for (var o = 0u; o < params.o; o++) {
        let from_dy = dy[((n * params.o + o) * params.oh + y / params.stride) * params.ow + x / params.stride];
        sum += from_dy * w[((o * params.c + c) * params.k + p) * params.k + q];
      }
    }
  }
  dx[at] = sum;
}
