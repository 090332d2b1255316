// dx of max_pool2d of 2x2 windows side by side (see pool2d/pairs.wgsl): dy where the maximum was found, 0
// elsewhere in the window. A thread writes whole vectors of dx, of one or two windows. The launcher clears dx first
// when H is odd.
@group(0) @binding(0) var<storage, read> dy: array<EY>;
@group(0) @binding(1) var<storage, read> index: array<I>;
@group(0) @binding(2) var<storage, read_write> dx: array<EX>;
@group(0) @binding(3) var<uniform> pool: Pool2d;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = x_row();
  let group = linear_workgroup(workgroup, grid);
  for (var step = 0u; step < STEPS; step++) {
    let i = element_of(group, lane, step);
    if (i < pool.planes * oH * row) {
      let place = x_place(i);
      let d = Y(dy[i]);
      let found = index[i] - (I(i / row % oH * 2 * W + i % row * 2 * PAIRS) + FIRST);
      dx[place] = EX(joined(select(Y(), d, found == I()), select(Y(), d, found == I(1))));
      dx[place + row] = EX(joined(select(Y(), d, found == I(W)), select(Y(), d, found == I(W + 1))));
    }
  }
}
