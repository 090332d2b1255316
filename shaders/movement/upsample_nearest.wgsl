// y[p, oy, ox] = x[p, nearest(oy), nearest(ox)]. A workgroup makes 64 elements, a thread one.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> up: Upsample;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= up.planes * oH * oW) {
    return;
  }
  let iy = nearest(i / oW % oH, up.scale_h, H);
  let ix = nearest(i % oW, up.scale_w, W);
  y[i] = x[(i / (oW * oH) * H + iy) * W + ix];
}
