// y[p, z, y, x] = x[p, reflected(z), reflected(y), reflected(x)]. A workgroup makes 64 elements, a thread one.
@group(0) @binding(0) var<storage, read> x_data: array<f32>;
@group(0) @binding(1) var<storage, read_write> y_data: array<f32>;
@group(0) @binding(2) var<uniform> pad: Pad;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= pad.planes * oD * oH * oW) {
    return;
  }
  let x = reflected(i % oW, left, W);
  let y = reflected(i / oW % oH, top, H);
  let z = reflected(i / (oW * oH) % oD, front, D);
  let plane = i / (oW * oH * oD);
  y_data[i] = x_data[((plane * D + z) * H + y) * W + x];
}
