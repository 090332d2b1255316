// dw[split, g, row, c, tap] = sum over the split's fours of pixels of dy[n, g, row, p] * x[n, g, c, p at tap]; and, if
// HAS_BIAS, dbias: the sums of dy. Several splits are added up by conv2d/weight_sum.wgsl.
//
// As a matrix product, rows are output channels, columns are (tap, input channel), and the depth runs over images and
// pixels. A thread makes 4 channels at one tap of ROWS rows of one split, in registers: per 4 pixels it loads the 4
// vec4s of x that its tap sees there, and 4 pixels of dy of each four of rows. It needs neither subgroups nor workgroup
// memory.
@group(0) @binding(0) var<storage, read> x: array<E4>;
@group(0) @binding(1) var<storage, read> dy: array<E4>;
@group(0) @binding(2) var<storage, read_write> dw: array<DW>;
@group(0) @binding(3) var<storage, read_write> dbias: array<f32>;
@group(0) @binding(4) var<uniform> conv: Weight;

const THREADS = 64u;
const ROWS = 8u; // a multiple of 4

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let columns = conv.D * conv.taps_y * conv.taps_x; // fours of them
  let row_tiles = (conv.rows + ROWS - 1) / ROWS;
  let thread = linear_workgroup(workgroup, grid) * THREADS + lane; // (split, group, row tile, column)
  let split = thread / (columns * row_tiles * conv.groups);
  if (split >= conv.splits) {
    return;
  }
  let first_row = ((thread / columns) % row_tiles) * ROWS;
  let group = (thread / (columns * row_tiles)) % conv.groups;
  let column = column_of(group, thread % columns);
  let end = min((split + 1) * conv.part, conv.N * ((conv.P + 3) / 4));
  let first = pixels_at(0u);
  var pixels = pixels_at(split * conv.part);
  var sum: array<vec4f, ROWS>;
  var sum_dy: array<vec4f, ROWS / 4>;
  for (var four = split * conv.part; four < end; four++) {
    let seen = seen_by(column, pixels);
    let v = mat4x4f(
      masked(vec4f(x[seen.at.x]), seen.inside.x),
      masked(vec4f(x[seen.at.y]), seen.inside.y),
      masked(vec4f(x[seen.at.z]), seen.inside.z),
      masked(vec4f(x[seen.at.w]), seen.inside.w),
    );
    for (var i = 0u; i < ROWS; i += 4) {
      let at = (first_row + i) / 4;
      let d = mat4x4f(dy_at(group, at, pixels, 0u), dy_at(group, at, pixels, 1u), dy_at(group, at, pixels, 2u),
          dy_at(group, at, pixels, 3u));
      let turned = transpose(d);
      sum[i] += v * turned[0];
      sum[i + 1] += v * turned[1];
      sum[i + 2] += v * turned[2];
      sum[i + 3] += v * turned[3];
      if (HAS_BIAS) {
        sum_dy[i / 4] += d[0] + d[1] + d[2] + d[3];
      }
    }
    pixels = next_pixels(pixels, first);
  }

  for (var i = 0u; i < ROWS; i++) {
    if (first_row + i < conv.rows) {
      write_columns(split, group, first_row + i, column, sum[i]);
      if (HAS_BIAS && thread % columns == 0) {
        write_bias(split, group, first_row + i, sum_dy[i / 4][i % 4]);
      }
    }
  }
}
