// dx[p, iy, ix] = sum of dy over the outputs whose nearest place is (iy, ix). A workgroup makes 64 elements, a thread
// one.
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> up: Upsample;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= up.planes * H * W) {
    return;
  }
  let iy = i / W % H;
  let ix = i % W;
  let ys = outputs_of(iy, 1, up.scale_h, H, oH);
  let xs = outputs_of(ix, 1, up.scale_w, W, oW);
  let base = i / (W * H) * oH * oW;
  var sum = 0.0;
  for (var y = ys.x; y < ys.y; y++) {
    if (nearest(y, up.scale_h, H) != iy) {
      continue;
    }
    for (var x = xs.x; x < xs.y; x++) {
      if (nearest(x, up.scale_w, W) == ix) {
        sum += dy[base + y * oW + x];
      }
    }
  }
  dx[i] = sum;
}
