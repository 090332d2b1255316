// out[i] = x[i] for count vec4s: the benchmark's measure of memory, read once and written once.
// A workgroup copies 256 vec4s, a thread one: neighbours touch neighbours, and nothing is computed.
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(2) var<uniform> count: u32;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 256 + lane;
  if (i >= count) {
    return;
  }
  out[i] = x[i];
}
