// dx[p, iy, ix] = sum over the windows that hold (iy, ix) of dy / divisor. Gathered: a thread makes one element of dx.
@group(0) @binding(0) var<storage, read> dy: array<E>;
@group(0) @binding(1) var<storage, read_write> dx: array<E>;
@group(0) @binding(2) var<uniform> pool: Pool2d;

alias E = f32; // as stored
alias V = f32; // vec4f: four channels (src/tensor/layout.ts)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  let plane = H * W;
  if (i >= pool.planes * plane) {
    return;
  }
  let oy = windows_over_y(i % plane / W);
  let ox = windows_over_x(i % W);
  let base = i / plane * oH * oW;
  var sum = V();
  for (var y = oy.x; y < oy.y; y++) {
    for (var x = ox.x; x < ox.y; x++) {
      sum += V(dy[base + y * oW + x]) / window_divisor(x, y);
    }
  }
  dx[i] = E(sum);
}
