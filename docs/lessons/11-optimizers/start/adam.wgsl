// Adam over flat memory: p, g, m and s are n elements each, t counts steps from 1.
//   m = b1 * m + (1 - b1) * g      s = b2 * s + (1 - b2) * g * g
//   p = p - rate * (m / (1 - b1^t)) / (sqrt(s / (1 - b2^t)) + eps)
// A thread changes one element of p, m and s in place.

struct Params {
  n: u32,
  t: u32,
  rate: f32,
  b1: f32,
  b2: f32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read_write> p: array<f32>;
@group(0) @binding(2) var<storage, read_write> m: array<f32>;
@group(0) @binding(3) var<storage, read_write> s: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= params.n) { return; }
  // yours
}
