// As row_of_four.wgsl; O is a multiple of 4. The idea: a thread makes four neighbours in each of four channels. What it
// has fetched of x serves four filters: 16 products for a number of x and four weights.

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
  let quads = params.o / 4;
  if (id.x >= params.n * quads * params.oh * fours) { return; }
  let j = id.x % fours * 4;
  let i = id.x / fours % params.oh;
  let o = id.x / (fours * params.oh) % quads * 4;
  let n = id.x / (fours * params.oh * quads);
  let filter_size = params.c * params.k * params.k;
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  for (var c = 0u; c < params.c; c++) {
    for (var p = 0u; p < params.k; p++) {
      let row = i + p - params.pad;
      let plane = n * params.c + c;
      let first = j - params.pad;
      var seen = vec4f(0, at_x(plane, row, first), at_x(plane, row, first + 1), at_x(plane, row, first + 2));
      for (var q = 0u; q < params.k; q++) {
        seen = vec4f(seen.yzw, at_x(plane, row, first + q + 3));
        let at = o * filter_size + (c * params.k + p) * params.k + q;
        s0 += seen * w[at];
        s1 += seen * w[at + filter_size];
        s2 += seen * w[at + 2 * filter_size];
        s3 += seen * w[at + 3 * filter_size];
      }
    }
  }
  let first_y = ((n * params.o + o) * params.oh + i) * params.ow + j;
  let plane_size = params.oh * params.ow;
  for (var l = 0u; l < min(4, params.ow - j); l++) {
    y[first_y + l] = s0[l];
    y[first_y + plane_size + l] = s1[l];
    y[first_y + 2 * plane_size + l] = s2[l];
    y[first_y + 3 * plane_size + l] = s3[l];
  }
}
