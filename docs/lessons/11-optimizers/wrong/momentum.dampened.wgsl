// says: no factor in front of the gradient
// SGD with momentum and weight decay, over all parameters of a network at once: p, g and v are flat, n elements each.
//   g' = g + decay * p      v = momentum * v + g'      p = p - rate * v
// A thread changes one element of p and of v in place.

struct Params {
  n: u32,
  rate: f32,
  momentum: f32,
  decay: f32,
}

@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read_write> p: array<f32>;
@group(0) @binding(2) var<storage, read_write> v: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= params.n) { return; }
  let gradient = g[i] + params.decay * p[i];
  let velocity = params.momentum * v[i] + (1 - params.momentum) * gradient;
  v[i] = velocity;
  p[i] -= params.rate * velocity;
}
