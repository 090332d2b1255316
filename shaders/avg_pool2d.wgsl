// y[p, oy, ox] = sum over the window of x[p, …] / (kH * kW); padding counts as zeros (PyTorch's count_include_pad = True).
// A thread makes one output, a workgroup 64 neighbours.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> pool: Pool2d;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= pool.planes * oH * oW) {
    return;
  }
  let corner = window_corner(i % oW, i / oW % oH);
  let base = i / (oW * oH) * H * W;
  var sum = 0.0;
  for (var ky = 0u; ky < kH; ky++) {
    for (var kx = 0u; kx < kW; kx++) {
      let at = corner + vec2i(i32(kx), i32(ky));
      if (in_plane(at)) {
        sum += x[base + u32(at.y) * W + u32(at.x)];
      }
    }
  }
  y[i] = sum / f32(kH * kW);
}
