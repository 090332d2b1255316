// One step of RMSprop (Tieleman and Hinton 2012) over flat memory, as in torch.optim.RMSprop:
//   g = g + weight_decay * w;  v = alpha * v + (1 - alpha) * g * g
//   centered (Graves 2013): a = alpha * a + (1 - alpha) * g, and the variance v - a * a in place of v
//   d = g / (sqrt(v) + eps);  with momentum: b = momentum * b + d, and b in place of d;  w = w - lr * d
// A thread makes STEPS vec4s of parameters. lr and weight_decay: optimizer/parameter_groups.wgsl. average and buffer
// are touched only when they are used.
struct Params {
  count: u32, // vec4s
  alpha: f32,
  rest: f32, // 1 - alpha, rounded once
  eps: f32,
  weight_decay: f32,
  momentum: f32,
  centered: u32,
}
alias V = vec4f;
@group(0) @binding(0) var<storage, read> hyper: Hyper;
@group(0) @binding(1) var<storage, read> groups: array<vec2f>; // lr, weight decay
@group(0) @binding(2) var<storage, read> group_of: array<u32>;
@group(0) @binding(3) var<storage, read> grad: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> weight: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> square: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> average: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> buffer: array<vec4f>;
@group(0) @binding(8) var<uniform> params: Params;

fn update(i: u32) {
  let rate = rates(i, params.weight_decay);
  let w = weight[i];
  let g = grad[i] + rate.y * w;
  let v = params.alpha * square[i] + params.rest * g * g;
  square[i] = v;
  var variance = v;
  if (params.centered == 1) {
    let a = params.alpha * average[i] + params.rest * g;
    average[i] = a;
    variance = rectified(v - a * a); // never below zero but for rounding
  }
  var d = g / (sqrt(variance) + params.eps);
  if (params.momentum != 0) {
    d += params.momentum * buffer[i];
    buffer[i] = d;
  }
  weight[i] = w - rate.x * d;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = linear_workgroup(workgroup, grid);
  for (var step = 0u; step < STEPS; step++) {
    let i = element_of(group, lane, step);
    if (i < params.count && hyper.skip == 0) {
      update(i);
    }
  }
}
