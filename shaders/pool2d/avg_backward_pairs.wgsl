// dx of avg_pool2d of 2x2 windows side by side (see pool2d/pairs.wgsl): dy / DIVISOR all over the window. A
// thread writes whole vectors of dx, of one or two windows. The launcher clears dx first when H is odd.
@group(0) @binding(0) var<storage, read> dy: array<EY>;
@group(0) @binding(1) var<storage, read_write> dx: array<EX>;
@group(0) @binding(2) var<uniform> pool: Pool2d;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = linear_workgroup(workgroup, grid);
  for (var step = 0u; step < STEPS; step++) {
    let i = element_of(group, lane, step);
    if (i < pool.planes * oH * x_row()) {
      let place = x_place(i);
      let d = Y(dy[i]) / DIVISOR;
      let both = EX(joined(d, d));
      dx[place] = both;
      dx[place + x_row()] = both;
    }
  }
}
