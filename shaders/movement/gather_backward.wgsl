// dx[o, s, i] = sum over j of dy[o, j, i] where index[o, j, i] == s. dx (outer, size, inner), index and dy (outer, n,
// inner). A workgroup makes 64 elements, a thread one: it looks through the n indices that can name it.
struct Params {
  count: u32, // elements of dx
  inner: u32,
  n: u32,
  size: u32,
}
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let e = linear_workgroup(workgroup, grid) * 64 + lane;
  if (e >= params.count) {
    return;
  }
  let q = e / params.inner;
  let o = q / params.size;
  let s = q - o * params.size;
  var at = o * params.n * params.inner + e - q * params.inner;
  var sum = 0.0;
  for (var j = 0u; j < params.n; j++) {
    if (index[at] == s) {
      sum += dy[at];
    }
    at += params.inner;
  }
  dx[e] = sum;
}
