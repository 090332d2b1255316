// dx[p, iy, ix] = sum of dy over the windows whose maximum was found at (iy, ix).
// Gathered: a thread makes one element of dx and looks at the windows that hold it.
@group(0) @binding(0) var<storage, read> dy: array<E>;
@group(0) @binding(1) var<storage, read> index: array<U>;
@group(0) @binding(2) var<storage, read_write> dx: array<E>;
@group(0) @binding(3) var<uniform> pool: Pool2d;

alias E = f32; // as stored
alias V = f32; // vec4f: four channels (src/tensor/layout.ts)
alias U = u32; // of as many lanes

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
  let here = i % plane;
  let oy = windows_over_y(here / W);
  let ox = windows_over_x(here % W);
  let base = i / plane * oH * oW;
  var sum = V();
  for (var y = oy.x; y < oy.y; y++) {
    for (var x = ox.x; x < ox.y; x++) {
      let at = base + y * oW + x;
      sum += select(V(), V(dy[at]), index[at] == U(here));
    }
  }
  dx[i] = E(sum);
}
