// dx[p, z, y, x] = sum of dy over the places that show (z, y, x): itself and its images in the padding. A workgroup
// makes 64 elements, a thread one.
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> pad: Pad;

const NONE = 0xffffffffu;

// How many images of i of n there may be. A mirror or a turn has one in the padding before and one in that behind; an
// end that is repeated is seen in a run of places.
fn images(i: u32, before: u32, n: u32, size: u32) -> u32 {
  if (MODE == REPLICATE) {
    return 1 + select(0u, before, i == 0) + select(0u, size - before - n, i + 1 == n);
  }
  return 3;
}

// The k-th place that shows i of n: NONE when it is not seen there.
fn image(i: u32, k: u32, before: u32, n: u32, size: u32) -> u32 {
  if (MODE == REPLICATE) {
    return select(before + i, 0u, i == 0) + k;
  }
  if (k == 0) {
    return before + i;
  }
  if (MODE == CIRCULAR) {
    let p = before + i + n;
    if (k == 1) {
      return select(NONE, before + i - n, before + i >= n);
    }
    return select(NONE, p, p < size);
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
  let at = vec3u(i % W, i / W % H, i / (W * H) % D);
  let rows = images(at.y, top, H, oH);
  let columns = images(at.x, left, W, oW);
  var sum = 0.0;
  for (var kz = 0u; kz < images(at.z, front, D, oD); kz++) {
    let z = image(at.z, kz, front, D, oD);
    for (var ky = 0u; ky < rows && z != NONE; ky++) {
      let y = image(at.y, ky, top, H, oH);
      for (var kx = 0u; kx < columns && y != NONE; kx++) {
        let x = image(at.x, kx, left, W, oW);
        if (x != NONE) {
          sum += dy[((plane * oD + z) * oH + y) * oW + x];
        }
      }
    }
  }
  dx[i] = sum;
}
