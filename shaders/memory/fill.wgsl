// out[i] = word, for 4 * count words.
// A workgroup fills 64 vec4s, a thread one.
struct Params {
  count: u32, // vec4s
  word: u32,
}
@group(0) @binding(0) var<storage, read_write> out: array<vec4u>;
@group(0) @binding(1) var<uniform> params: Params;

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
  out[i] = vec4u(params.word);
}
