// y[p, oy, ox] = the mean of the four places of x around it, weighted by nearness. A workgroup makes 64 elements, a
// thread one.
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
  let v = between(i / oW % oH, up.scale_h, H);
  let h = between(i % oW, up.scale_w, W);
  let base = i / (oW * oH) * H * W;
  let above = mix(x[base + v.low * W + h.low], x[base + v.low * W + h.high], h.weight);
  let below = mix(x[base + v.high * W + h.low], x[base + v.high * W + h.high], h.weight);
  y[i] = mix(above, below, v.weight);
}
