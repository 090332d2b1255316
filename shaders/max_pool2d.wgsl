// y[p, oy, ox] = max over the window of x[p, …]; index = where in the plane it was found (iy * W + ix), the first of equals.
// Padding never wins. A thread makes one output, a workgroup 64 neighbours.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> index: array<u32>;
@group(0) @binding(3) var<uniform> pool: Pool2d;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= pool.planes * pool.oH * pool.oW) {
    return;
  }
  let left = i32((i % pool.oW) * pool.stride_w) - i32(pool.pad_w);
  let top = i32((i / pool.oW % pool.oH) * pool.stride_h) - i32(pool.pad_h);
  let base = i / (pool.oW * pool.oH) * pool.H * pool.W;
  let bottom = min(top + i32(pool.kH), i32(pool.H));
  let right = min(left + i32(pool.kW), i32(pool.W));
  var best = u32(max(top, 0)) * pool.W + u32(max(left, 0));
  var best_x = x[base + best];
  for (var iy = max(top, 0); iy < bottom; iy++) {
    for (var ix = max(left, 0); ix < right; ix++) {
      let at = u32(iy) * pool.W + u32(ix);
      let v = x[base + at];
      if (v > best_x) {
        best_x = v;
        best = at;
      }
    }
  }
  y[i] = best_x;
  index[i] = best;
}
