// y[p, oy, ox] = sum over the window of x[p, …] / divisor; padding adds nothing. A thread makes one output, a workgroup
// 64 neighbours.
@group(0) @binding(0) var<storage, read> x: array<E>;
@group(0) @binding(1) var<storage, read_write> y: array<E>;
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
  if (i >= pool.planes * oH * oW) {
    return;
  }
  let ox = i % oW;
  let oy = i / oW % oH;
  let corner = window_corner(ox, oy);
  let end = window_end(ox, oy);
  let base = i / (oW * oH) * H * W;
  var sum = V();
  for (var ky = 0u; ky < window_rows(); ky++) {
    var row = V(); // long sums stay accurate
    for (var kx = 0u; kx < window_columns(); kx++) {
      let at = corner + vec2i(i32(kx), i32(ky));
      if (in_window(at, end)) {
        row += V(x[base + u32(at.y) * W + u32(at.x)]);
      }
    }
    sum += row;
  }
  y[i] = E(sum / window_divisor(ox, oy));
}
