// y[r, c] = max(0, x[r, c] * scale[c] + shift[c] + residual[r, c]): three ops in one pass over memory. x, residual and
// y are (M, N), scale and shift are (N,). A thread makes one element of y.

struct Params {
  m: u32,
  n: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> scale: array<f32>;
@group(0) @binding(2) var<storage, read> shift: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= params.m * params.n) { return; }
  let c = i % params.n;
  y[i] = max(0.0, x[i] * scale[c] + shift[c] + residual[i]);
}
