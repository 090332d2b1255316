// One step of Adam (Kingma and Ba 2015) or AdamW (Loshchilov and Hutter 2019) over flat memory, as in torch.optim:
//   AdamW: w = w - lr * weight_decay * w;   Adam: g = g + weight_decay * w
//   m = beta1 * m + (1 - beta1) * g;  v = beta2 * v + (1 - beta2) * g * g
//   w = w - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
// A thread makes STEPS vec4s of parameters. lr, weight_decay and t: optimizer/parameter_groups.wgsl.
struct Params {
  count: u32, // vec4s
  beta1: f32,
  beta2: f32,
  rest1: f32, // 1 - beta1, rounded once
  rest2: f32, // 1 - beta2
  eps: f32,
  weight_decay: f32,
  decoupled: u32, // 1 is AdamW
}
@group(0) @binding(0) var<storage, read> hyper: Hyper;
@group(0) @binding(1) var<storage, read> groups: array<vec2f>; // lr, weight decay
@group(0) @binding(2) var<storage, read> group_of: array<u32>;
@group(0) @binding(3) var<storage, read> grad: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> weight: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(7) var<uniform> params: Params;

// correction: 1 - beta1^t and sqrt(1 - beta2^t).
fn update(i: u32, correction: vec2f) {
  let rate = rates(i, params.weight_decay);
  var w = weight[i];
  var g = grad[i];
  if (params.decoupled == 1) {
    w -= rate.x * rate.y * w;
  } else {
    g += rate.y * w;
  }
  let mi = params.beta1 * m[i] + params.rest1 * g;
  let vi = params.beta2 * v[i] + params.rest2 * g * g;
  m[i] = mi;
  v[i] = vi;
  let size = rate.x / correction.x;
  let root = sqrt(vi) / correction.y;
  weight[i] = w - size * mi / (root + params.eps);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  var correction = bias_corrections(params.rest1, params.rest2, hyper.step);
  let group = linear_workgroup(workgroup, grid);
  for (var step = 0u; step < STEPS; step++) {
    let i = element_of(group, lane, step);
    if (i < params.count && hyper.skip == 0 && group_at(i) != ELSEWHERE) {
      if (STEPS_AT > 0) {
        correction = bias_corrections(params.rest1, params.rest2, step_of(group_at(i)));
      }
      update(i, correction);
    }
  }
}
