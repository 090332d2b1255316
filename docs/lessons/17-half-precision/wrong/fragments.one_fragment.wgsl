// says: only one fragment in four
// c = a b by fragments of 4 x 4, as a tensor core does it: one subgroup makes a tile of 8 x 8 of c out of fragments, 2
// x 2 of them, and for each step of 4 along K every fragment of a that was fetched serves two products. a is (M, K), b
// is (K, N), c is (M, N); all are multiples of 8. Here a "subgroup" is a thread, and the unit is a plain loop.

struct Params {
  m: u32,
  k: u32,
  n: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

alias Fragment = array<f32, 16>; // 4 x 4, row by row

var<private> x: array<Fragment, 2>; // of a: two rows of fragments
var<private> y: array<Fragment, 2>; // of b: two columns of them
var<private> sums: array<Fragment, 4>; // of c

// The unit: sums[s] += x[i] y[j].
fn multiply_accumulate(s: u32, i: u32, j: u32) {
  for (var r = 0u; r < 4; r++) {
    for (var q = 0u; q < 4; q++) {
      for (var d = 0u; d < 4; d++) { sums[s][4 * r + q] += x[i][4 * r + d] * y[j][4 * d + q]; }
    }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let tiles = params.n / 8; // in a row of them
  if (id.x >= params.m / 8 * tiles) { return; }
  let row = id.x / tiles * 8;
  let column = id.x % tiles * 8;
  for (var first = 0u; first < params.k; first += 4) {
    // four fragments are fetched …
    for (var f = 0u; f < 2; f++) {
      for (var e = 0u; e < 16; e++) {
        x[f][e] = a[(row + 4 * f + e / 4) * params.k + first + e % 4];
        y[f][e] = b[(first + e / 4) * params.n + column + 4 * f + e % 4];
      }
    }
    // … for four products
    for (var i = 0u; i < 2; i++) {
      for (var j = 0u; j < 2; j++) { multiply_accumulate(0, i, j); }
    }
  }
  for (var s = 0u; s < 4; s++) {
    for (var e = 0u; e < 16; e++) {
      c[(row + s / 2 * 4 + e / 4) * params.n + column + s % 2 * 4 + e % 4] = sums[s][e];
    }
  }
}
