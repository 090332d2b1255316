// y = (x - mean) / sqrt(variance + eps) * weight[c] + bias[c] with mean and biased variance of each row (see
// norm/group_rows.wgsl); mean and 1 / std are kept for the gradient. T threads make a row: first its moments, then y.
// All is measured from an origin near the row's first number, so that a mean far from 0 does not lose the digits that
// variance and y need.
@group(0) @binding(0) var<storage, read> x: array<V>;
@group(0) @binding(1) var<storage, read> weight: array<W>;
@group(0) @binding(2) var<storage, read> bias: array<W>;
@group(0) @binding(3) var<storage, read_write> y: array<V>;
@group(0) @binding(4) var<storage, read_write> mean: array<f32>;
@group(0) @binding(5) var<storage, read_write> rstd: array<f32>;
@group(0) @binding(6) var<uniform> rows: Rows;

var<workgroup> moments: array<Moments, THREADS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let t = lane % T;
  let row = linear_workgroup(workgroup, grid) * (THREADS / T) + lane / T;
  let base = row * rows.D;
  let end = select(0u, rows.D, row < rows.rows); // no early return: barriers below must be reached by all
  var origin = 0.0;
  if (end > 0) {
    origin = total(x[base]) / LANES;
  }
  var all = LaneMoments();
  var d = t;
  while (d < end) {
    let pivot = x[base + d] - V(origin);
    d += T;
    var b = 1.0;
    var s1 = V();
    var s2 = V();
    for (var i = 1u; i < BLOCK && d < end; i++) {
      let off = x[base + d] - V(origin) - pivot;
      s1 += off;
      s2 += off * off;
      b += 1;
      d += T;
    }
    all = with_block(all, b, pivot, s1, s2);
  }
  moments[lane] = all_lanes(all);
  for (var width = T / 2; width > 0; width /= 2) {
    workgroupBarrier();
    if (t < width) {
      moments[lane] = merged(moments[lane], moments[lane + width]);
    }
  }
  workgroupBarrier();
  let m = moments[lane - t];
  let scale = 1 / sqrt(m.m2 * rows.share + rows.eps);
  if (t == 0 && end > 0) {
    mean[rows.first_row + row] = origin + m.mean;
    rstd[rows.first_row + row] = scale;
  }
  var at = first_in_row(rows, row, t);
  while (at.d < end) {
    y[base + at.d] = (x[base + at.d] - V(origin) - V(m.mean)) * scale * V(weight[at.q * rows.weight_stride])
        + V(bias[at.q * rows.bias_stride]);
    at = next_in_row(rows, at);
  }
}
