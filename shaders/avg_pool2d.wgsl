// y[p, oy, ox] = sum over the window of x[p, …] / (kH * kW); padding counts as zeros (PyTorch's count_include_pad = True).
// A thread makes one output, a workgroup 64 neighbours.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> pool: Pool2d;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= pool.planes * pool.oH * pool.oW) {
    return;
  }
  let left = i32((i % pool.oW) * pool.stride_w) - i32(pool.pad_w);
  let top = i32((i / pool.oW % pool.oH) * pool.stride_h) - i32(pool.pad_h);
  let base = i / (pool.oW * pool.oH) * pool.H * pool.W;
  var sum = 0.0;
  for (var iy = max(top, 0); iy < min(top + i32(pool.kH), i32(pool.H)); iy++) {
    for (var ix = max(left, 0); ix < min(left + i32(pool.kW), i32(pool.W)); ix++) {
      sum += x[base + u32(iy) * pool.W + u32(ix)];
    }
  }
  y[i] = sum / f32(pool.kH * pool.kW);
}
