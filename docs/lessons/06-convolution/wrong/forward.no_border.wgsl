// says: outside of
// y[n, o, i, j] = sum over c, p, q of x[n, c, i * stride + p - pad, j * stride + q - pad] * w[o, c, p, q]; what lies
// outside of x counts as 0. x is (N, C, H, W), w is (O, C, K, K), y is (N, O, oH, oW). A thread makes one element of y.

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
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = id.x;
  if (at >= params.n * params.o * params.oh * params.ow) { return; }
  let j = at % params.ow;
  let i = at / params.ow % params.oh;
  let o = at / (params.ow * params.oh) % params.o;
  let n = at / (params.ow * params.oh * params.o);
  var sum = 0.0;
  for (var c = 0u; c < params.c; c++) {
    for (var p = 0u; p < params.k; p++) {
      for (var q = 0u; q < params.k; q++) {
        // u32: left of 0 is a huge number, which is outside, too
        let row = i * params.stride + p - params.pad;
        let column = j * params.stride + q - params.pad;
        {
          let from_x = x[((n * params.c + c) * params.h + row) * params.w + column];
          sum += from_x * w[((o * params.c + c) * params.k + p) * params.k + q];
        }
      }
    }
  }
  y[at] = sum;
}
