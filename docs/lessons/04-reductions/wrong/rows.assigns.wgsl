// says: += and not =
// y[r] = sum over c of x[r, c]: x is (M, N), y is (M,). A thread makes one element of y.

struct Params {
  m: u32,
  n: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let r = id.x;
  if (r >= params.m) { return; }
  var sum = 0.0;
  for (var c = 0u; c < params.n; c++) { sum = x[r * params.n + c]; }
  y[r] = sum;
}
