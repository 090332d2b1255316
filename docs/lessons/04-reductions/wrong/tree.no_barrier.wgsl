// says: barrier
// y[r] = sum over c of x[r, c]: x is (M, N), y is (M,). Workgroup r makes y[r].

struct Params {
  m: u32,
  n: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const THREADS = 64u;

var<workgroup> part: array<f32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let r = group.x;
  let t = local.x;
  var sum = 0.0;
  for (var c = t; c < params.n; c += THREADS) { sum += x[r * params.n + c]; } // neighbours read neighbours
  part[t] = sum;
  for (var half = THREADS / 2; half > 0; half /= 2) {
    if (t < half) { part[t] += part[t + half]; }
  }
  if (t == 0) { y[r] = part[0]; }
}
