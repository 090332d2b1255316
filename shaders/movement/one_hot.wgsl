// y[n, c] = 1 where c == index[n], else 0. index (N) u32, y (N, C) f32. A workgroup makes 64 elements, a thread one.
struct Params {
  count: u32, // elements of y
  C: u32,
}
@group(0) @binding(0) var<storage, read> index: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
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
  let n = i / params.C;
  y[i] = select(0.0, 1.0, index[n] == i - n * params.C);
}
