// mask[i] = 1 / (1 - p) with probability 1 - p, else 0;  y[i] = x[i] * mask[i]. A workgroup makes 64 vec4s, a thread
// one.
alias E4 = vec4f; // as stored

struct Params {
  count: u32, // vec4s
  first: u32, // number of the window's first vec4 in the whole tensor
  call: u32,
  p: f32,
}
@group(0) @binding(0) var<storage, read> state: RandomState;
@group(0) @binding(1) var<storage, read> x: array<E4>;
@group(0) @binding(2) var<storage, read_write> y: array<E4>;
@group(0) @binding(3) var<storage, read_write> mask: array<E4>;
@group(0) @binding(4) var<uniform> params: Params;

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
  let u = uniform_floats(random_words(state, params.first + i, params.call));
  let keep = select(vec4f(), vec4f(1 / (1 - params.p)), u >= vec4f(params.p));
  mask[i] = E4(keep);
  y[i] = E4(vec4f(x[i]) * keep); // NaN and infinity times 0 are NaN, as in PyTorch
}
