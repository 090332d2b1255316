// says: the first column has no left neighbour
// y[r, c] = (x[r, c - 1] + x[r, c] + x[r, c + 1]) / 3: x and y are (M, N); what lies outside of a row counts as 0. A
// thread makes one element of y.

struct Params {
  m: u32,
  n: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= params.m * params.n) { return; }
  let c = i % params.n;
  var sum = x[i];
  sum += x[i - 1];
  if (c + 1 < params.n) { sum += x[i + 1]; }
  y[i] = sum / 3;
}
