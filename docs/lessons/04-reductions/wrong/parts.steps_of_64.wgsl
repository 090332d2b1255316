// says: into what belongs to the next one
// The sum over w of y[w] is the sum of x: x has n elements, y one for each workgroup. Workgroup w makes y[w], the sum
// of its share of x.

struct Params {
  n: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const THREADS = 64u;

var<workgroup> part: array<f32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let t = local.x;
  var sum = 0.0;
  for (var i = id.x; i < params.n; i += THREADS) { sum += x[i]; }
  part[t] = sum;
  for (var half = THREADS / 2; half > 0; half /= 2) {
    workgroupBarrier();
    if (t < half) { part[t] += part[t + half]; }
  }
  if (t == 0) { y[group.x] = part[0]; }
}
