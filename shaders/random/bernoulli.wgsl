// out[i] = below with probability p, else above: u < p, u uniform in [0, 1) as random/uniform.wgsl draws it.
// A workgroup makes 64 vec4s, a thread one. What lies behind the last element stays as it is.
struct Params {
  size: u32, // elements
  first: u32, // number of the window's first vec4 in the whole tensor
  call: u32,
  p: f32,
  below: f32,
  above: f32,
}
@group(0) @binding(0) var<storage, read> state: RandomState;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (4 * i >= params.size) {
    return;
  }
  let u = uniform_floats(random_words(state, params.first + i, params.call));
  let inside = vec4u(4 * i) + vec4u(0, 1, 2, 3) < vec4u(params.size);
  out[i] = select(out[i], select(vec4f(params.above), vec4f(params.below), u < vec4f(params.p)), inside);
}
