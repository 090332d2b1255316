// out[i] = low + floor(w * range / 2^32), w a random word: whole numbers from low to low + range - 1. The counts of any
// two of them differ by one word in 2^32 / range: a bias below range / 2^32. A workgroup makes 64 vec4s, a thread one.
struct Params {
  count: u32, // vec4s
  first: u32, // number of the window's first vec4 in the whole tensor
  call: u32,
  low: u32,
  range: u32,
}
@group(0) @binding(0) var<storage, read> state: RandomState;
@group(0) @binding(1) var<storage, read_write> out: array<vec4u>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= params.count) {
    return;
  }
  let w = random_words(state, params.first + i, params.call);
  out[i] = params.low + vec4u(mul_hi(w.x, params.range), mul_hi(w.y, params.range), mul_hi(w.z, params.range),
      mul_hi(w.w, params.range));
}
