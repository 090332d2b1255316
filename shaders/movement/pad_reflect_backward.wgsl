// dx[p, z, y, x] = sum of dy over the places that show (z, y, x): itself and its mirror images, up to 3 in each
// dimension. A workgroup makes 64 elements, a thread one.
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> pad: Pad;

const NONE = 0xffffffffu;

// The k-th place that shows i of n: 0 in the middle, 1 in the padding before, 2 in that behind; NONE when it is not
// seen there.
fn image(i: u32, k: u32, before: u32, n: u32, size: u32) -> u32 {
  if (k == 0) {
    return before + i;
  }
  if (k == 1) {
    return select(NONE, before - i, i >= 1 && i <= before);
  }
  let p = before + 2 * (n - 1) - i;
  return select(NONE, p, i + 1 < n && p < size);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= pad.planes * D * H * W) {
    return;
  }
  let plane = i / (W * H * D);
  var sum = 0.0;
  for (var kz = 0u; kz < 3; kz++) {
    let z = image(i / (W * H) % D, kz, front, D, oD);
    for (var ky = 0u; ky < 3 && z != NONE; ky++) {
      let y = image(i / W % H, ky, top, H, oH);
      for (var kx = 0u; kx < 3 && y != NONE; kx++) {
        let x = image(i % W, kx, left, W, oW);
        if (x != NONE) {
          sum += dy[((plane * oD + z) * oH + y) * oW + x];
        }
      }
    }
  }
  dx[i] = sum;
}
