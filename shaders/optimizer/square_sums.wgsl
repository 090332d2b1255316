// partial[k] = the sum of the squares of 16 vec4s of x: the first stage of a norm. A workgroup takes 4,096 elements, a
// thread every 64th vec4 of them; the partial sums are the same whatever the windows, and are added up by reduce.
struct Params {
  count: u32, // vec4s
}
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> partial: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let chunk = linear_workgroup(workgroup, grid);
  if (chunk * 1024 >= params.count) {
    return;
  }
  var sum = vec4f();
  for (var i = chunk * 1024 + lane; i < min(params.count, chunk * 1024 + 1024); i += 64) {
    sum += x[i] * x[i];
  }
  partial[chunk * 64 + lane] = dot(sum, vec4f(1));
}
