// What both passes of LAMB (You et al. 2020, as in timm) share. Flat memory is cut into chunks of at most 4,096
// elements, each within one parameter; a workgroup takes one. The kernels declare params with these fields.
struct Params {
  first: u32, // the first chunk of this dispatch
  base: u32, // the vec4 of flat memory that is bound first
  beta1: f32,
  beta2: f32,
  rest1: f32, // 1 - beta1, rounded once
  rest2: f32, // 1 - beta2
  eps: f32,
  weight_decay: f32,
  chunks: u32, // of this dispatch
}
struct Chunk {
  start: u32, // vec4s
  count: u32, // vec4s
  group: u32,
  parameter: u32,
}

// Adam's step with the weight decay added: what the trust ratio is multiplied to.
fn direction(w: vec4f, m: vec4f, v: vec4f, correction: vec2f, weight_decay: f32) -> vec4f {
  return m / correction.x / (sqrt(v) / correction.y + params.eps) + weight_decay * w;
}
