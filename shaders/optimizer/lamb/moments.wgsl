// LAMB, the first pass: m and v move as Adam's, and the squares of each chunk's weights and of its direction
//   u = m / (1 - beta1^t) / (sqrt(v) / sqrt(1 - beta2^t) + eps) + weight_decay * w
// are added up, always in the same order. Weights are read only; optimizer/lamb/apply.wgsl makes u again.
@group(0) @binding(0) var<storage, read> hyper: Hyper;
@group(0) @binding(1) var<storage, read> groups: array<vec2f>; // lr, weight decay
@group(0) @binding(2) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(3) var<storage, read> grad: array<vec4f>;
@group(0) @binding(4) var<storage, read> weight: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> squares: array<vec2f>; // of each chunk: weights, direction
@group(0) @binding(8) var<uniform> params: Params;
var<workgroup> partial: array<vec2f, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = linear_workgroup(workgroup, grid);
  var sums = vec2f();
  if (index < params.chunks && hyper.skip == 0) {
    let chunk = chunks[params.first + index];
    let decay = rates_of(chunk.group, params.weight_decay).y;
    let correction = bias_corrections(params.rest1, params.rest2, step_of(chunk.group));
    for (var k = lane; k < chunk.count; k += 64) {
      let i = chunk.start + k - params.base;
      let g = grad[i];
      let mi = params.beta1 * m[i] + params.rest1 * g;
      let vi = params.beta2 * v[i] + params.rest2 * g * g;
      m[i] = mi;
      v[i] = vi;
      let w = weight[i];
      let u = direction(w, mi, vi, correction, decay);
      sums += vec2f(dot(w, w), dot(u, u));
    }
  }
  partial[lane] = sums;
  for (var half = 32u; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
  }
  if (lane == 0 && index < params.chunks && hyper.skip == 0) {
    squares[params.first + index] = partial[0];
  }
}
