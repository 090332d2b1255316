// dx = (g - (sum g + xhat * sum g xhat) / D) / std with g = dy * weight, xhat = (x - mean) / std; sums over a row of D
// numbers (see norm/group_rows.wgsl). T threads make a row: first its two sums, in blocks, then dx.
@group(0) @binding(0) var<storage, read> dy: array<V>;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read> weight: array<W>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read> rstd: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<V>;
@group(0) @binding(6) var<uniform> rows: Rows;

const BLOCK = 64u;
var<workgroup> sums: array<vec2f, THREADS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let t = lane % T;
  let row = linear_workgroup(workgroup, grid) * (THREADS / T) + lane / T;
  let base = row * rows.D;
  let inside = row < rows.rows;
  let end = select(0u, rows.D, inside); // no early return: barriers below must be reached by all
  var center = V();
  var scale = 0.0;
  if (inside) {
    center = V(mean[rows.first_row + row]);
    scale = rstd[rows.first_row + row];
  }
  var sum_g = V();
  var sum_gx = V();
  var at = first_in_row(rows, row, t);
  while (at.d < end) {
    var block_g = V();
    var block_gx = V();
    for (var i = 0u; i < BLOCK && at.d < end; i++) {
      let g = dy[base + at.d] * V(weight[at.q * rows.weight_stride]);
      block_g += g;
      block_gx += g * ((x[base + at.d] - center) * scale);
      at = next_in_row(rows, at);
    }
    sum_g += block_g;
    sum_gx += block_gx;
  }
  sums[lane] = vec2f(total(sum_g), total(sum_gx));
  for (var width = T / 2; width > 0; width /= 2) {
    workgroupBarrier();
    if (t < width) {
      sums[lane] += sums[lane + width];
    }
  }
  workgroupBarrier();
  let s = sums[lane - t] * rows.share;
  at = first_in_row(rows, row, t);
  while (at.d < end) {
    let i = base + at.d;
    let g = dy[i] * V(weight[at.q * rows.weight_stride]);
    dx[i] = (g - V(s.x) - (x[i] - center) * (scale * s.y)) * scale;
    at = next_in_row(rows, at);
  }
}
