// says: neighbouring threads make neighbours in a column
// c = a b: a is (M, K), b is (K, N), c is (M, N). A thread makes one element of c. The idea: neighbouring threads make
// neighbours in a row. They read one element of a together, and neighbours of b: one line of memory serves all of them.

struct Params {
  m: u32,
  k: u32,
  n: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= params.m * params.n) { return; }
  let m = params.m;
  let row = i % m;
  let column = i / m;
  var sum = 0.0;
  for (var k = 0u; k < params.k; k++) { sum += a[row * params.k + k] * b[k * params.n + column]; }
  c[row * params.n + column] = sum;
}
