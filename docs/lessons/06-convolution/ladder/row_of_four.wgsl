// As forward.wgsl, for stride 1. The idea: a thread makes four neighbours in a row. Their windows overlap: a row of the
// filter's K taps needs K + 3 numbers of x for 4 K products, and each weight is fetched once for four.

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

fn at_x(plane: u32, row: u32, column: u32) -> f32 {
  return select(0.0, x[(plane * params.h + row) * params.w + column], row < params.h && column < params.w);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let fours = (params.ow + 3) / 4;
  if (id.x >= params.n * params.o * params.oh * fours) { return; }
  let j = id.x % fours * 4;
  let i = id.x / fours % params.oh;
  let o = id.x / (fours * params.oh) % params.o;
  let n = id.x / (fours * params.oh * params.o);
  var sum = vec4f();
  for (var c = 0u; c < params.c; c++) {
    for (var p = 0u; p < params.k; p++) {
      let row = i + p - params.pad;
      let plane = n * params.c + c;
      let first = j - params.pad;
      var seen = vec4f(0, at_x(plane, row, first), at_x(plane, row, first + 1), at_x(plane, row, first + 2));
      for (var q = 0u; q < params.k; q++) {
        seen = vec4f(seen.yzw, at_x(plane, row, first + q + 3)); // the window moves on by one
        sum += seen * w[((o * params.c + c) * params.k + p) * params.k + q];
      }
    }
  }
  for (var l = 0u; l < min(4, params.ow - j); l++) {
    y[((n * params.o + o) * params.oh + i) * params.ow + j + l] = sum[l];
  }
}
