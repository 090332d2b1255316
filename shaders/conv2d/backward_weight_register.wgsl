// dw[split, g, row, c, tap] = sum over the split's rows of pixels of dy[n, g, row, p] * x[n, g, c, p at tap]; and, if
// HAS_BIAS, dbias behind it: the sums of dy. The splits are added up by conv2d/weight_sum.wgsl.
//
// As a matrix product, rows are output channels, columns are (tap, input channel), and the depth runs over images and
// pixels. A thread makes 4 channels at one tap of ROWS rows of one split, in registers: per 4 pixels of an output row
// it loads the 4 vec4s of x (in fours of channels, conv2d/quads.wgsl) that its tap sees there, and 4 pixels of dy of
// each row. It needs neither subgroups nor workgroup memory. Rows of dy are padded with zeros to whole fours.
@group(0) @binding(0) var<storage, read> x: array<E4>;
@group(0) @binding(1) var<storage, read> dy: array<E4>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<uniform> conv: Weight;

alias E4 = vec4f; // as stored
override HAS_BIAS: bool = false;
const THREADS = 64u;
const ROWS = 8u;

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
  let row_fours = conv.oW / 4; // of dy, padded
  let plane_dy = conv.oH * row_fours;
  let part = (conv.N * conv.oH + conv.splits - 1) / conv.splits; // rows of pixels of a split
  let end = min(split * part + part, conv.N * conv.oH);
  var n = split * part / conv.oH;
  var oy = split * part % conv.oH;
  var sum: array<vec4f, ROWS>;
  var sum_dy: array<vec4f, ROWS>;
  for (var r = split * part; r < end; r++) {
    var at = column.seen + n * conv.groups * conv.D * conv.plane + oy * conv.step_y;
    var to = n * conv.groups * conv.rows * plane_dy + oy * row_fours;
    for (var ox = 0u; ox < row_fours; ox++) {
      let v = mat4x4f(vec4f(x[at]), vec4f(x[at + conv.step_x]), vec4f(x[at + 2 * conv.step_x]), vec4f(x[at + 3
          * conv.step_x]));
      for (var i = 0u; i < ROWS; i++) {
        // and so for rows
        let mine = vec4f(dy[to + (group * conv.rows + min(first_row + i, conv.rows - 1)) * plane_dy]);
        sum[i] += v * mine;
        if (HAS_BIAS) {
          sum_dy[i] += mine;
        }
      }
      at += 4 * conv.step_x;
      to++;
    }
    oy++;
    if (oy == conv.oH) {
      oy = 0u;
      n++;
    }
  }

  for (var i = 0u; i < ROWS; i++) {
    if (first_row + i < conv.rows) {
      write_columns(split, group, first_row + i, column, sum[i]);
      if (HAS_BIAS && thread % columns == 0) {
        write_bias(split, group, first_row + i, sum_dy[i]);
      }
    }
  }
}
