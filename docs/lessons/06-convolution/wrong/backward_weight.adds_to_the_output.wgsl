// says: added to what the output held before
// dw[o, c, p, q] = sum over n, i, j of dy[n, o, i, j] * x[n, c, i * stride + p - pad, j * stride + q - pad]; what lies
// outside of x counts as 0. x is (N, C, H, W), dy is (N, O, oH, oW), dw is (O, C, K, K). A thread makes one element of
// dw.

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
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = id.x;
  if (at >= params.o * params.c * params.k * params.k) { return; }
  let q = at % params.k;
  let p = at / params.k % params.k;
  let c = at / (params.k * params.k) % params.c;
  let o = at / (params.k * params.k * params.c);
  var sum = 0.0;
  for (var n = 0u; n < params.n; n++) {
    for (var i = 0u; i < params.oh; i++) {
      for (var j = 0u; j < params.ow; j++) {
        let row = i * params.stride + p - params.pad;
        let column = j * params.stride + q - params.pad;
        if (row < params.h && column < params.w) {
          let from_x = x[((n * params.c + c) * params.h + row) * params.w + column];
          sum += dy[((n * params.o + o) * params.oh + i) * params.ow + j] * from_x;
        }
      }
    }
  }
  dw[at] += sum;
}
